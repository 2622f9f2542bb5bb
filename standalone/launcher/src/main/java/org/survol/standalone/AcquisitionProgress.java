// SPDX-License-Identifier: Apache-2.0
package org.survol.standalone;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What the catalogue tells of an acquisition ({@code GET /acquisitions/{id}}).
 *
 * @param registeredAt when it was last handed in
 * @param runs newest first
 */
record AcquisitionProgress(
        String id,
        String state,
        Optional<String> model,
        Optional<Instant> registeredAt,
        List<Run> runs,
        List<DeadLetter> deadLetters) {

    private static final Set<String> ENDED = Set.of("done", "failed", "cancelled");

    AcquisitionProgress {
        runs = runs == null ? List.of() : List.copyOf(runs);
        deadLetters = deadLetters == null ? List.of() : List.copyOf(deadLetters);
    }

    /** One processing of the acquisition. */
    record Run(
            String run,
            Optional<String> model,
            String state,
            Tiles tiles,
            Map<String, Stage> stages,
            Optional<Product> product,
            Optional<Instant> startedAt,
            Optional<Instant> endedAt) {
        Run {
            tiles = tiles == null ? Tiles.NONE : tiles;
            stages = stages == null ? Map.of() : Map.copyOf(stages);
        }

        @JsonIgnore
        boolean hasEnded() {
            return ENDED.contains(state);
        }
    }

    /** How many tiles came how far. {@code failed} ones became dead letters at any stage. */
    record Tiles(int planned, int ready, int skipped, int predicted, int vectorized, int failed) {
        static final Tiles NONE = new Tiles(0, 0, 0, 0, 0, 0);
    }

    /** @param pixels of result, without halo
     *  @param wallMillis summed over the units of work
     *  @param megapixelsPerSecond of one unit of work at a time; absent before the first ended */
    record Stage(long pixels, long wallMillis, Optional<Double> megapixelsPerSecond) {}

    record Product(long polygons, double areaSquareMetres, int missingTiles, Map<String, ProductFile> files) {
        Product {
            files = files == null ? Map.of() : Map.copyOf(files);
        }
    }

    record ProductFile(String key, long bytes, String sha256, Optional<String> url) {}

    record DeadLetter(
            String id,
            String stage,
            Optional<String> acquisition,
            Optional<String> tile,
            String file,
            String reason,
            String mend,
            Optional<String> kind,
            Optional<Instant> at) {

        /** One line: which file, why, what to do. */
        String line() {
            return file + ": " + reason + ". " + mend + ".";
        }
    }

    AcquisitionProgress withDeadLetters(List<DeadLetter> letters) {
        return new AcquisitionProgress(id, state, model, registeredAt, runs, letters);
    }

    @JsonIgnore
    boolean hasEnded() {
        return ENDED.contains(state);
    }

    /** The run that was planned last. */
    @JsonIgnore
    Optional<Run> latestRun() {
        return runs.isEmpty() ? Optional.empty() : Optional.of(runs.getFirst());
    }
}
