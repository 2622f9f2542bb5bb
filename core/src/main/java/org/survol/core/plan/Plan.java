// SPDX-License-Identifier: Apache-2.0
package org.survol.core.plan;

import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.survol.core.event.RunRef;
import org.survol.core.grid.PixelWindow;
import org.survol.core.grid.TileAddress;
import org.survol.core.grid.TileGrid;
import org.survol.core.model.Band;
import org.survol.core.model.ModelCard;
import org.survol.core.raster.GeoReference;

/**
 * What ingest decided for a run, from headers only; every later stage reads it instead of asking.
 *
 * @param halo pixels that each stack carries on every side beyond its tile
 * @param footprint lower and upper corner of all sources in the grid's CRS, metres
 * @param datetime when the images were taken
 * @param vintage year that the map describes
 * @param featherMetres width over which images are faded into those below them; absent: the first valid one wins
 * @param windowing what the network sees; absent in plans of earlier versions: what the model's card says
 */
public record Plan(
        RunRef run,
        TileGrid grid,
        int halo,
        PinnedModel model,
        Footprint footprint,
        Instant datetime,
        int vintage,
        List<Source> sources,
        List<PlannedTile> tiles,
        Optional<Double> featherMetres,
        Windowing windowing) {

    public Plan {
        windowing = windowing == null ? Windowing.ofCard(model.card()) : windowing;
        featherMetres = featherMetres == null ? Optional.empty() : featherMetres;
        Objects.requireNonNull(run, "run");
        sources = List.copyOf(sources);
        tiles = List.copyOf(tiles);
    }

    /** The model as it was when the run was planned; {@code sha256} is of the whole ONNX file. */
    public record PinnedModel(String key, String sha256, ModelCard card) {}

    public record Footprint(double minEasting, double minNorthing, double maxEasting, double maxNorthing) {}

    /** What an image file contributes. */
    public enum Role {
        /** red, green, blue */
        RGB,
        /** near infrared, red, green: only the infrared is used */
        IRC,
        /** red, green, blue, near infrared in one file */
        RGBI,
        /** surface heights, metres */
        DSM,
        /** ground heights, metres */
        DTM
    }

    /**
     * One image file.
     *
     * @param key object key; of an object in another bucket its whole address, {@code s3://bucket/key}
     * @param identity the store's etag and size when it was planned: another file under the same key is noticed
     * @param footprint in the grid's CRS
     * @param geo where it lies, from the file itself, a side file or the Item; absent in plans of earlier versions, which
     *     only knew files that say it themselves
     * @param stretch how its samples become 8 bits, band by band in the file's order; empty when they are 8 bits already
     */
    public record Source(
            String asset,
            String key,
            String identity,
            Role role,
            int epsg,
            double gsdMetres,
            Footprint footprint,
            Optional<Instant> datetime,
            Optional<GeoReference> geo,
            List<Stretch> stretch) {
        public Source {
            geo = geo == null ? Optional.empty() : geo;
            stretch = stretch == null ? List.of() : List.copyOf(stretch);
        }
    }

    /**
     * The linear map from a source's samples to 8 bits: {@code low} and what is darker become 1, {@code high} and what is
     * brighter 255. 0 stays for "no value", so a measured pixel never looks like a missing one.
     */
    public record Stretch(double low, double high) {
        public Stretch {
            if (!(Double.isFinite(low) && Double.isFinite(high) && low < high)) {
                throw new IllegalArgumentException("a stretch needs two ascending numbers: " + low + ", " + high);
            }
        }

        /** Unrounded, 1 to 255. */
        public float apply(float sample) {
            return (float) Math.clamp(1 + (sample - low) * (254 / (high - low)), 1.0, 255.0);
        }
    }

    /** @param sources indices into {@link Plan#sources} whose footprints touch the tile with its halo */
    public record PlannedTile(TileAddress tile, List<Integer> sources) {
        public PlannedTile {
            sources = List.copyOf(sources);
        }
    }

    /** For those who keep many plans and ask them for no tile. */
    public Plan withoutTiles() {
        return new Plan(
                run, grid, halo, model, footprint, datetime, vintage, sources, List.of(), featherMetres, windowing);
    }

    /** The pixels whose centres lie in the footprint. */
    public PixelWindow world() {
        return grid.windowOfCentres(
                footprint.minEasting(), footprint.minNorthing(), footprint.maxEasting(), footprint.maxNorthing());
    }

    public List<Band> bands() {
        return model.card().bands();
    }
}
