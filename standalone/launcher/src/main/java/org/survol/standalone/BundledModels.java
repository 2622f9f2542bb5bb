// SPDX-License-Identifier: Apache-2.0
package org.survol.standalone;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.survol.core.Digest;
import org.survol.core.store.ObjectStore;
import org.survol.core.store.StoreLayout;

/** The models that come with the project, put into the store at every start, when absent there or changed. */
final class BundledModels {

    private BundledModels() {}

    static void upload(Path models, ObjectStore store, Consumer<String> say) throws IOException {
        if (!Files.isDirectory(models)) {
            return;
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(models, "*.onnx")) {
            for (var file : files) {
                var name = file.getFileName().toString().replaceFirst("\\.onnx$", "");
                var key = StoreLayout.model(name);
                var stored = store.stat(key);
                if (stored.isPresent()
                        && stored.get().bytes() == Files.size(file)
                        && Digest.of(store.read(key)).equals(Digest.of(file))) {
                    continue;
                }
                store.upload(key, file, "application/octet-stream");
                say.accept("model " + name + " put into the store");
            }
        }
    }
}
