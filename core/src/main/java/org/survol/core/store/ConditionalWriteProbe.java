// SPDX-License-Identifier: Apache-2.0
package org.survol.core.store;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.UUID;

/**
 * Refuses a store that takes {@code If-None-Match: *} and overwrites all the same, as some do: what must happen once
 * would silently happen twice. Writes, then deletes, one small object of its own.
 */
public final class ConditionalWriteProbe {

    private static final String PREFIX = "probe/";

    private ConditionalWriteProbe() {}

    /** A store that Survol must not work with. */
    public static final class UnfitStoreException extends RuntimeException {
        private static final long serialVersionUID = 1;

        UnfitStoreException(String message) {
            super(message);
        }
    }

    /**
     * @throws UnfitStoreException when the store ignores the condition
     * @throws IOException when it cannot be asked right now
     */
    public static void check(ObjectStore store) throws IOException {
        var key = PREFIX + "conditional-write-" + UUID.randomUUID();
        var first = "first".getBytes(StandardCharsets.UTF_8);
        var second = "second".getBytes(StandardCharsets.UTF_8);
        try {
            if (!store.writeIfAbsent(key, first, "text/plain")) {
                throw unfit("refuses a conditional write of a new key");
            }
            if (store.writeIfAbsent(key, second, "text/plain")) {
                throw unfit("ignores the condition If-None-Match: *");
            }
            if (!Arrays.equals(store.read(key), first)) {
                throw unfit("reports a failed condition but overwrites the object");
            }
        } finally {
            store.delete(key);
        }
    }

    private static UnfitStoreException unfit(String what) {
        return new UnfitStoreException("The object store " + what
                + ", so work could be done twice. Use a server with working conditional writes"
                + ", for example AWS S3 or MinIO, or update this one.");
    }
}
