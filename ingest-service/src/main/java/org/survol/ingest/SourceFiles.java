// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.file.Files;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.ToDoubleFunction;
import org.survol.core.BadInputException;
import org.survol.core.plan.Plan;
import org.survol.core.raster.BlockCache;
import org.survol.core.raster.ByteSources;
import org.survol.core.raster.RasterFiles;
import org.survol.core.raster.RasterReader;
import org.survol.core.raster.Siblings;
import org.survol.core.store.ObjectStore;

/** Opens the sources of a plan, keeping headers and decoded blocks of those that neighbouring tiles will ask for again. */
@ApplicationScoped
class SourceFiles {

    /** A header with its block index takes some kilobytes, of the largest files some megabytes. */
    private static final int KEPT = 128;

    private final ObjectStore store;
    private final BlockCache blocks;
    private final Map<String, RasterReader> readers = new LinkedHashMap<>(KEPT, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, RasterReader> eldest) {
            return size() > KEPT;
        }
    };

    @Inject
    SourceFiles(ObjectStore store, IngestConfig config, MeterRegistry metrics) throws IOException {
        this(store, blocks(config));
        counter(metrics, "survol.ingest.blocks.decoded", BlockCache.Statistics::decoded);
        counter(metrics, "survol.ingest.blocks.decoded.again", BlockCache.Statistics::decodedAgain);
        counter(metrics, "survol.ingest.blocks.found", BlockCache.Statistics::found);
        counter(metrics, "survol.ingest.blocks.unspilled", BlockCache.Statistics::unspilled);
        metrics.gauge("survol.ingest.blocks.held.bytes", blocks, held -> held.statistics()
                .heldBytes());
    }

    private void counter(MeterRegistry metrics, String name, ToDoubleFunction<BlockCache.Statistics> count) {
        FunctionCounter.builder(name, blocks, counted -> count.applyAsDouble(counted.statistics()))
                .register(metrics);
    }

    /** With room on disk where the operator gives some. */
    static BlockCache blocks(IngestConfig config) throws IOException {
        long memory = (long) config.blockCacheMebibytes() << 20;
        if (config.spillMebibytes() == 0) {
            return new BlockCache(memory);
        }
        var folder = Files.createTempDirectory("survol-blocks-");
        try {
            return BlockCache.withSpill(memory, folder.resolve("blocks"), (long) config.spillMebibytes() << 20);
        } finally {
            folder.toFile().deleteOnExit();
        }
    }

    SourceFiles(ObjectStore store, BlockCache blocks) {
        this.store = store;
        this.blocks = blocks;
    }

    /**
     * @param index of the source in its plan
     * @throws BadInputException when the file is no longer the one that was planned with
     */
    OpenSource open(int index, Plan.Source source) throws IOException {
        var stat = store.stat(source.key())
                .orElseThrow(() -> new BadInputException(
                        source.key(),
                        "the file was removed after the acquisition was planned",
                        "Upload the same file again and replay this dead letter"));
        if (!SourceInspector.identity(stat).equals(source.identity())) {
            throw new BadInputException(
                    source.key(),
                    "the file was replaced after the acquisition was planned",
                    "Deliver the changed flight as an acquisition of its own");
        }
        return new OpenSource(index, source, reader(source));
    }

    private RasterReader reader(Plan.Source source) throws IOException {
        var name = source.key() + "#" + source.identity() + "#" + source.role();
        synchronized (readers) {
            var reader = readers.get(name);
            if (reader == null) {
                reader = RasterFiles.open(
                        ByteSources.ofObject(store, source.key()), Siblings.NONE, OptionalInt.empty(), blocks);
                if (source.role() == Plan.Role.RGBI) {
                    reader = SourceInspector.asRgbi(reader);
                }
                readers.put(name, reader);
            }
            return reader;
        }
    }
}
