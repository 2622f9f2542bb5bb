// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.rasters;

import jakarta.inject.Singleton;
import java.io.IOException;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.survol.catalog.BlockCache;
import org.survol.catalog.LruCache;
import org.survol.catalog.store.CatalogStore;
import org.survol.core.event.RunRef;
import org.survol.core.grid.TileAddress;
import org.survol.core.plan.Plan;
import org.survol.core.raster.TiffReader;
import org.survol.core.store.ObjectRef;

/** The COGs of runs; plans and files that were used last stay open. Safe to call from several threads. */
@Singleton
public final class RunRasters {

    private static final int PLANS_KEPT = 32;
    private static final int OBJECTS_KEPT = 50_000;
    private static final int READERS_KEPT = 256;
    private static final long DECODED_BYTES_PER_READER = 4 << 20;

    /** What a run knows of each of its tiles. */
    public enum Kind {
        /** bands of the images, as the model saw them, with a halo round the tile */
        STACK,
        /** values of the model's classes; 0 is no data */
        CLASSES,
        /** one band a class in the order of the model's nomenclature, 255 for all of the probability */
        PROBABILITIES,
        /** probability of the chosen class, 255 for all of it */
        CONFIDENCE
    }

    private record Key(RunRef run, Kind kind, TileAddress tile) {}

    private final CatalogStore store;
    private final BlockCache blocks;
    private final LruCache<RunRef, Plan> plans = new LruCache<>(PLANS_KEPT, plan -> 1);
    private final LruCache<Key, ObjectRef> objects = new LruCache<>(OBJECTS_KEPT, object -> 1);
    private final LruCache<ObjectRef, TiffReader> readers = new LruCache<>(READERS_KEPT, reader -> 1);

    public RunRasters(CatalogStore store, BlockCache blocks) {
        this.store = store;
        this.blocks = blocks;
    }

    public Optional<Plan> plan(RunRef run) {
        var known = plans.get(run);
        if (known.isPresent()) {
            return known;
        }
        var plan = store.plan(run);
        plan.ifPresent(found -> plans.put(run, found));
        return plan;
    }

    /** Those of the tiles that have such a file. */
    public Map<TileAddress, ObjectRef> objects(RunRef run, Kind kind, Collection<TileAddress> tiles) {
        var found = new TreeMap<TileAddress, ObjectRef>();
        for (var tile : tiles) {
            object(run, kind, tile).ifPresent(object -> found.put(tile, object));
        }
        return found;
    }

    public Optional<ObjectRef> object(RunRef run, Kind kind, TileAddress tile) {
        var key = new Key(run, kind, tile);
        var known = objects.get(key);
        if (known.isPresent()) {
            return known;
        }
        var found = ask(run, kind, tile);
        found.ifPresent(object -> objects.put(key, object));
        return found;
    }

    private Optional<ObjectRef> ask(RunRef run, Kind kind, TileAddress tile) {
        if (kind == Kind.STACK) {
            return store.ready(run, tile).map(ready -> ready.stack());
        }
        return store.prediction(run, tile)
                .map(CatalogStore.Prediction::predicted)
                .map(predicted -> switch (kind) {
                    case CLASSES -> predicted.classes();
                    case PROBABILITIES -> predicted.probabilities();
                    default -> predicted.confidence();
                });
    }

    public TiffReader reader(ObjectRef object) throws IOException {
        var known = readers.get(object);
        if (known.isPresent()) {
            return known.get();
        }
        var reader = TiffReader.open(blocks.open(object), DECODED_BYTES_PER_READER);
        readers.put(object, reader);
        return reader;
    }
}
