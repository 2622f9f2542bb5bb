// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import java.io.IOException;
import java.util.List;
import org.survol.core.BadInputException;
import org.survol.core.crs.Crs;
import org.survol.core.plan.Plan.Footprint;
import org.survol.core.plan.Plan.Role;
import org.survol.core.plan.Plan.Stretch;
import org.survol.core.raster.ByteSources;
import org.survol.core.raster.GeoReference;
import org.survol.core.raster.RasterFiles;
import org.survol.core.raster.RasterHeader;
import org.survol.core.raster.RasterReader;
import org.survol.core.raster.SampleType;
import org.survol.core.raster.Siblings;
import org.survol.core.store.ObjectStore;
import org.survol.ingest.DeliveredItem.DeliveredAsset;

/** Reads the header of a delivered file, by range reads, and refuses what no model could use. */
final class SourceInspector {

    private static final String REPROJECT =
            "Deliver it in a projected CRS in metres, for example with gdalwarp -t_srs EPSG:2154";

    /** No flight is this long; its header's pixel size is wrong. */
    private static final double MAX_SIDE_METRES = 5_000_000;

    private static final long HEADER_CACHE_BYTES = 1 << 20;

    private final ObjectStore store;

    SourceInspector(ObjectStore store) {
        this.store = store;
    }

    /**
     * @throws BadInputException naming the file, the reason and the mend
     * @throws IOException when the store could not be read; worth a retry
     */
    InspectedSource inspect(DeliveredItem item, DeliveredAsset asset) throws IOException {
        var key = asset.key();
        var stat = store.stat(key)
                .orElseThrow(() -> new BadInputException(
                        key, "the file is not in the store", "Upload it and deliver the acquisition again"));
        if (asset.bytes().isPresent() && asset.bytes().getAsLong() != stat.bytes()) {
            throw new BadInputException(
                    key,
                    "the file has " + stat.bytes() + " bytes, and the Item says "
                            + asset.bytes().getAsLong(),
                    "Upload the whole file again, or correct file:size");
        }
        var header = open(asset).header();
        var geo = header.requireGeo();
        requireMetres(key, geo, header);
        var identity = identity(stat);
        var role = role(asset, header);
        return new InspectedSource(
                asset.name(),
                key,
                asset.sha256().orElse(identity),
                identity,
                role,
                geo,
                Math.max(geo.pixelWidth(), geo.pixelHeight()),
                new Footprint(geo.west(), geo.northing(header.height()), geo.easting(header.width()), geo.north()),
                asset.datetime().orElse(item.datetime()),
                header.type(),
                stretch(asset, header));
    }

    /** A fourth band that its file calls opacity is the infrared of an image that is delivered as RGBI. */
    RasterReader open(DeliveredAsset asset) throws IOException {
        var reader = RasterFiles.open(
                ByteSources.ofObject(store, asset.key()),
                Siblings.ofObject(store, asset.key()),
                asset.epsg(),
                HEADER_CACHE_BYTES);
        return asset.role().filter(role -> role == Role.RGBI).isPresent() ? asRgbi(reader) : reader;
    }

    static RasterReader asRgbi(RasterReader reader) {
        return reader.header().bands() < 4 ? reader.withAlphaAsBand() : reader;
    }

    /** The one that the sender states, which images of 8 bits do not need. */
    private static List<Stretch> stretch(DeliveredAsset asset, RasterHeader header) {
        if (asset.stretch().isEmpty() || header.type() != SampleType.UINT16) {
            return List.of();
        }
        if (asset.stretch().size() != header.bands()) {
            throw new BadInputException(
                    asset.key(),
                    "it has " + header.bands() + " bands, and survol:stretch has "
                            + asset.stretch().size() + " pairs",
                    "State one pair of numbers per band, or leave survol:stretch out to have it estimated");
        }
        return asset.stretch();
    }

    /** Changes whenever the object's bytes do. */
    static String identity(ObjectStore.Stat stat) {
        return stat.etag() + ":" + stat.bytes();
    }

    private static void requireMetres(String key, GeoReference geo, RasterHeader header) {
        Crs crs;
        try {
            crs = Crs.ofEpsg(geo.epsg());
        } catch (BadInputException e) {
            throw new BadInputException(key, "its CRS, EPSG:" + geo.epsg() + ", is not known", REPROJECT, e);
        }
        if (!crs.isProjectedInMetres()) {
            throw new BadInputException(
                    key, "its CRS, EPSG:" + geo.epsg() + ", is not a projected CRS in metres", REPROJECT);
        }
        if (!(geo.pixelWidth() * header.width() < MAX_SIDE_METRES
                && geo.pixelHeight() * header.height() < MAX_SIDE_METRES)) {
            throw new BadInputException(
                    key,
                    "its georeference makes it larger than " + (int) MAX_SIDE_METRES / 1000 + " km",
                    "Correct its pixel size");
        }
    }

    private static Role role(DeliveredAsset asset, RasterHeader header) {
        var key = asset.key();
        var role = asset.role().orElseGet(() -> inferred(key, header));
        int needed =
                switch (role) {
                    case RGB, IRC -> 3;
                    case RGBI -> 4;
                    case DSM, DTM -> 1;
                };
        boolean heights = role == Role.DSM || role == Role.DTM;
        if (heights ? header.bands() != needed : header.bands() < needed) {
            throw new BadInputException(
                    key,
                    "it has " + header.bands() + " bands, and a file of role " + role + " has " + needed,
                    "Correct the asset's survol:role, or deliver the bands it stands for");
        }
        if (!heights && !isColourType(header.type())) {
            throw new BadInputException(
                    key,
                    "its samples are " + header.type() + ", and images are read with 8 or 16 unsigned bits",
                    "Convert it, for example with gdal_translate -ot UInt16 or -ot Byte -scale");
        }
        return role;
    }

    private static boolean isColourType(SampleType type) {
        return type == SampleType.UINT8 || type == SampleType.UINT16;
    }

    private static Role inferred(String key, RasterHeader header) {
        if (isColourType(header.type()) && header.bands() == 3) {
            return Role.RGB;
        }
        if (isColourType(header.type()) && header.bands() == 4) {
            return Role.RGBI;
        }
        throw new BadInputException(
                key,
                "what it shows cannot be told from " + header.bands() + " bands of " + header.type(),
                "Set the asset's survol:role to RGB, IRC, RGBI, DSM or DTM");
    }
}
