// SPDX-License-Identifier: Apache-2.0
package org.survol.core.store;

import java.util.Objects;

/** An object in the store, pinned to its bytes. */
public record ObjectRef(String key, long bytes, String sha256) {
    public ObjectRef {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(sha256, "sha256");
    }
}
