// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import java.util.Set;

/**
 * What an operator may set.
 *
 * @param bucket {@code survol.store.bucket}: the bucket that everything lies in
 * @param tileSize {@code survol.tile-size}: side of a tile, pixels, a multiple of 32
 * @param windows {@code survol.windows}: what the network sees at once: card, exact, or WINDOW/MARGIN in pixels
 * @param workers {@code survol.ingest.workers}: tiles cut at the same time
 * @param threads {@code survol.ingest.threads}: threads that cut and compress, all workers together
 * @param blockCacheMebibytes {@code survol.ingest.block-cache-mebibytes}: decoded blocks of sources that are kept
 * @param spillMebibytes {@code survol.ingest.spill-mebibytes}: disk for decoded strips that neighbouring tiles share
 * @param maxGsdFactor {@code survol.ingest.max-gsd-factor}: how many times coarser than the model's GSD an image may be
 * @param maxTiles {@code survol.ingest.max-tiles}: an acquisition with more is refused
 * @param maxItemBytes {@code survol.ingest.max-item-bytes}
 * @param stretchLowPercent {@code survol.ingest.stretch-low-percent}: share of the pixels of 16-bit images that may
 *     become black
 * @param stretchHighPercent {@code survol.ingest.stretch-high-percent}: share above which they become white
 * @param featherMetres {@code survol.ingest.feather-metres}: width over which images are faded into those below them
 * @param allowedBuckets {@code survol.ingest.allowed-buckets}: buckets of the same store that hrefs may name too
 */
record IngestConfig(
        String bucket,
        int tileSize,
        String windows,
        int workers,
        int threads,
        int blockCacheMebibytes,
        int spillMebibytes,
        double maxGsdFactor,
        int maxTiles,
        int maxItemBytes,
        double stretchLowPercent,
        double stretchHighPercent,
        double featherMetres,
        Set<String> allowedBuckets) {

    IngestConfig {
        allowedBuckets = Set.copyOf(allowedBuckets);
    }
}
