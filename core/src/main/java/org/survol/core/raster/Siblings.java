// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import org.survol.core.BadInputException;
import org.survol.core.store.ObjectStore;

/** The small files that lie beside an image and have its name with another extension: world files and the like. */
@FunctionalInterface
public interface Siblings {

    Siblings NONE = extension -> Optional.empty();

    /** A world file has six lines, a MapInfo table some twenty. */
    int MAX_BYTES = 1 << 20;

    /**
     * @param extension in lower case, without the dot; the file's own may be in either case
     * @throws BadInputException when the side file is too large to be one
     */
    Optional<byte[]> read(String extension) throws IOException;

    static Siblings ofFile(Path image) {
        return extension -> {
            var folder = image.toAbsolutePath().getParent();
            for (var name : names(image.getFileName().toString(), extension)) {
                var file = folder.resolve(name);
                if (Files.isRegularFile(file)) {
                    requireSmall(file.toString(), Files.size(file));
                    return Optional.of(Files.readAllBytes(file));
                }
            }
            return Optional.empty();
        };
    }

    static Siblings ofObject(ObjectStore store, String key) {
        return extension -> {
            for (var name : names(key, extension)) {
                var stat = store.stat(name);
                if (stat.isPresent()) {
                    requireSmall(name, stat.get().bytes());
                    return Optional.of(store.read(name));
                }
            }
            return Optional.empty();
        };
    }

    private static String[] names(String name, String extension) {
        int dot = name.lastIndexOf('.');
        var stem = dot > name.lastIndexOf('/') ? name.substring(0, dot + 1) : name + ".";
        return new String[] {stem + extension, stem + extension.toUpperCase(Locale.ROOT)};
    }

    private static void requireSmall(String name, long bytes) {
        if (bytes > MAX_BYTES) {
            throw new BadInputException(
                    name,
                    "a side file of " + bytes + " bytes is none",
                    "Remove it, or send the world file, .tab or .prj that belongs to the image");
        }
    }
}
