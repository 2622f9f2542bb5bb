// SPDX-License-Identifier: Apache-2.0
package org.survol.core.event;

import java.util.Map;
import java.util.Optional;
import org.survol.core.Outcome.FailureKind;
import org.survol.core.grid.TileAddress;
import org.survol.core.nomenclature.Nomenclature;
import org.survol.core.store.ObjectRef;

/**
 * Facts that the services tell each other: small, immutable, past tense. Pixels never travel here, only where they lie.
 * Fields are added, never redefined; each event's JSON is a golden file in the tests.
 */
public sealed interface PipelineEvent {

    /** Kafka key: events with the same key stay in order. */
    String key();

    /** A flight has been delivered, its Item was found sound and is stored.
     *  @param model name of the model asked for; absent: the best that fits */
    record AcquisitionRegistered(String acquisition, String itemKey, String itemSha256, Optional<String> model)
            implements PipelineEvent {
        @Override
        public String key() {
            return acquisition;
        }
    }

    /** Footprint, grid, model and tiles of a run are decided and stored in its plan. */
    record AcquisitionPlanned(RunRef run, String planKey, int tiles) implements PipelineEvent {
        @Override
        public String key() {
            return run.acquisition();
        }
    }

    /** A tile waits to be cut from the sources. */
    record TilePlanned(RunRef run, String planKey, TileAddress tile) implements PipelineEvent {
        @Override
        public String key() {
            return tileKey(run, tile);
        }
    }

    /** A tile's stack is in the store.
     *  @param validShare share of the tile (without halo) that has image, 0 to 1 */
    record TileReady(
            RunRef run, String planKey, TileAddress tile, ObjectRef stack, double validShare, StageReport report)
            implements PipelineEvent {
        @Override
        public String key() {
            return tileKey(run, tile);
        }
    }

    /** No source has a valid pixel in this tile; there is nothing to map. */
    record TileSkipped(RunRef run, String planKey, TileAddress tile, String reason) implements PipelineEvent {
        @Override
        public String key() {
            return tileKey(run, tile);
        }
    }

    /** Classes, probabilities and confidence of a tile are in the store.
     *  @param keptShare kept pixels over computed pixels, 0 to 1 */
    record TilePredicted(
            RunRef run,
            String planKey,
            TileAddress tile,
            ObjectRef classes,
            ObjectRef probabilities,
            ObjectRef confidence,
            double keptShare,
            StageReport report)
            implements PipelineEvent {
        @Override
        public String key() {
            return tileKey(run, tile);
        }
    }

    /** A tile's regions and arcs are in the store, its edges still open. */
    record TileVectorized(
            RunRef run, String planKey, TileAddress tile, ObjectRef topology, long regions, StageReport report)
            implements PipelineEvent {
        @Override
        public String key() {
            return tileKey(run, tile);
        }
    }

    /** Every planned tile of a run has ended, one way or another; the map can be assembled. */
    record AcquisitionSettled(RunRef run, String planKey, int vectorized, int skipped, int failed)
            implements PipelineEvent {
        @Override
        public String key() {
            return run.acquisition();
        }
    }

    /** The finished map of a run.
     *  @param files by media type or short format name, for example {@code gpkg}, {@code fgb}
     *  @param nomenclature of the polygons; absent: the model's own
     *  @param areaSquareMetres sum of the polygons' areas */
    record ProductAssembled(
            RunRef run,
            String planKey,
            Map<String, ObjectRef> files,
            Optional<Nomenclature> nomenclature,
            long polygons,
            double areaSquareMetres,
            int missingTiles,
            StageReport report)
            implements PipelineEvent {
        public ProductAssembled {
            files = Map.copyOf(files);
            // Events of before it was told have none.
            nomenclature = nomenclature == null ? Optional.empty() : nomenclature;
        }

        @Override
        public String key() {
            return run.acquisition();
        }
    }

    /** Something was given up, and why.
     *  @param id digest of what failed and how: the same failure told twice is one dead letter
     *  @param stage {@code intake}, {@code plan}, {@code tile}, {@code infer}, {@code vectorize}, {@code assemble}, {@code model}
     *  @param file the input that could not be used
     *  @param mend what a person can do about it
     *  @param original the event that could not be handled, as it came; for replay */
    record DeadLettered(
            String id,
            String stage,
            Optional<String> acquisition,
            Optional<RunRef> run,
            Optional<TileAddress> tile,
            FailureKind kind,
            String file,
            String reason,
            String mend,
            Optional<String> original)
            implements PipelineEvent {
        @Override
        public String key() {
            return acquisition.orElse(file);
        }
    }

    private static String tileKey(RunRef run, TileAddress tile) {
        return run + "/" + tile;
    }
}
