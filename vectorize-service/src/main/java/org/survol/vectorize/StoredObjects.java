// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize;

import java.io.IOException;
import org.survol.core.Digest;
import org.survol.core.store.ObjectRef;
import org.survol.core.store.ObjectStore;

/** Reads objects that an event announced. */
final class StoredObjects {

    private StoredObjects() {}

    /** @throws IOException also when the bytes are not those that were announced: a newer event is on its way */
    static byte[] read(ObjectStore store, ObjectRef announced) throws IOException {
        var bytes = store.read(announced.key());
        if (!Digest.of(bytes).equals(announced.sha256())) {
            throw new IOException(
                    announced.key() + " is not the object with sha256 " + announced.sha256() + " that was announced");
        }
        return bytes;
    }
}
