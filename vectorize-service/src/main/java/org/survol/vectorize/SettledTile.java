// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize;

import java.util.Objects;
import java.util.Optional;
import org.survol.core.event.PipelineEvent.TileVectorized;

/**
 * How a tile ended; stored as JSON under {@code settled/}, one object per tile.
 *
 * @param reason why there is nothing of it in the map; absent when there is
 * @param classesSha256 of the class raster that was traced
 * @param tracing digest of all but pixels that the tracing depended on; absent in endings of earlier versions
 * @param vectorized what was told of it, to be told again on redelivery
 */
record SettledTile(
        Ending outcome,
        Optional<String> reason,
        Optional<String> classesSha256,
        Optional<String> tracing,
        Optional<TileVectorized> vectorized) {

    enum Ending {
        VECTORIZED,
        /** no image there */
        SKIPPED,
        /** given up with a dead letter; a hole in the map */
        FAILED
    }

    SettledTile {
        Objects.requireNonNull(outcome, "outcome");
        tracing = tracing == null ? Optional.empty() : tracing;
        if ((outcome == Ending.VECTORIZED) != vectorized.isPresent()) {
            throw new IllegalArgumentException("a vectorized tile, and no other, has a topology");
        }
    }

    static SettledTile skipped(String reason) {
        return new SettledTile(
                Ending.SKIPPED, Optional.of(reason), Optional.empty(), Optional.empty(), Optional.empty());
    }

    static SettledTile failed(String reason) {
        return new SettledTile(
                Ending.FAILED, Optional.of(reason), Optional.empty(), Optional.empty(), Optional.empty());
    }

    static SettledTile vectorized(String classesSha256, String tracing, TileVectorized event) {
        return new SettledTile(
                Ending.VECTORIZED,
                Optional.empty(),
                Optional.of(classesSha256),
                Optional.of(tracing),
                Optional.of(event));
    }

    boolean isOf(String wantedTracing) {
        return tracing.equals(Optional.of(wantedTracing));
    }
}
