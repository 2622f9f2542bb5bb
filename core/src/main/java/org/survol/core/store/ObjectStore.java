// SPDX-License-Identifier: Apache-2.0
package org.survol.core.store;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * One bucket of an S3-compatible store. Keys are relative to the bucket, without a leading slash. All methods may block
 * on the network and are safe to call from several threads. Reads see earlier writes of any client.
 *
 * <p>A missing object is a {@link java.nio.file.NoSuchFileException} naming its key; any other failure is an
 * {@link IOException} worth a retry.
 */
public interface ObjectStore {

    /**
     * Size and server-side identity of an object.
     *
     * @param modified when it was last written, by the server's clock, in whole seconds: HTTP tells no more
     */
    record Stat(String key, long bytes, String etag, Instant modified) {
        public Stat {
            modified = modified.truncatedTo(ChronoUnit.SECONDS);
        }
    }

    Optional<Stat> stat(String key) throws IOException;

    /** The whole object; for small ones. */
    byte[] read(String key) throws IOException;

    /** Exactly {@code length} bytes from {@code offset}; fails when the object ends earlier. */
    byte[] read(String key, long offset, int length) throws IOException;

    void download(String key, Path file) throws IOException;

    /** Writes or replaces. */
    ObjectRef write(String key, byte[] content, String contentType) throws IOException;

    /** Writes or replaces; large files go up in parts. */
    ObjectRef upload(String key, Path file, String contentType) throws IOException;

    /**
     * Writes only when nothing has that key yet (S3 {@code If-None-Match: *}).
     *
     * @return false when an object was already there; it is left as it was
     */
    boolean writeIfAbsent(String key, byte[] content, String contentType) throws IOException;

    /** Objects whose keys start with the prefix, in key order. */
    List<Stat> list(String prefix) throws IOException;

    /**
     * One level of the keys, {@code /} taken as their separator.
     *
     * @param objects directly below the prefix
     * @param folders prefixes of all others, each with a slash at its end
     */
    record Level(List<Stat> objects, List<String> folders) {
        public Level {
            objects = List.copyOf(objects);
            folders = List.copyOf(folders);
        }
    }

    /** What lies directly below a prefix that ends with a slash. */
    default Level level(String prefix) throws IOException {
        var objects = new ArrayList<Stat>();
        var folders = new TreeSet<String>();
        scan(prefix, object -> {
            int slash = object.key().indexOf('/', prefix.length());
            if (slash < 0) {
                objects.add(object);
            } else {
                folders.add(object.key().substring(0, slash + 1));
            }
        });
        return new Level(objects, List.copyOf(folders));
    }

    /** As {@link #list}, one by one, in the server's order, for prefixes that may hold more objects than memory should. */
    void scan(String prefix, Consumer<Stat> visitor) throws IOException;

    void delete(String key) throws IOException;

    /**
     * An address at which the object can be fetched for a while by whoever has it; empty where the store gives none.
     *
     * @param validFor at most seven days
     */
    default Optional<URI> temporaryAddress(String key, Duration validFor) throws IOException {
        return Optional.empty();
    }
}
