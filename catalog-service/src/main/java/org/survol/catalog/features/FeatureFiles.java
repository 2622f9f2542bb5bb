// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.features;

import jakarta.inject.Singleton;
import java.io.IOException;
import org.survol.catalog.BlockCache;
import org.survol.catalog.LruCache;
import org.survol.catalog.PublishedMaps.PublishedMap;
import org.survol.core.store.ObjectRef;

/** The maps' FlatGeobuf files; those that were opened last stay open. */
@Singleton
final class FeatureFiles {

    private static final int FILES_KEPT = 64;

    private final BlockCache blocks;
    private final LruCache<String, FlatGeobuf> files = new LruCache<>(FILES_KEPT, file -> 1);

    FeatureFiles(BlockCache blocks) {
        this.blocks = blocks;
    }

    static ObjectRef object(PublishedMap map) {
        return map.file("fgb", "FlatGeobuf");
    }

    FlatGeobuf open(ObjectRef object) throws IOException {
        var key = object.key() + " " + object.sha256();
        var known = files.get(key);
        if (known.isPresent()) {
            return known.get();
        }
        var file = FlatGeobuf.open(blocks.open(object));
        files.put(key, file);
        return file;
    }
}
