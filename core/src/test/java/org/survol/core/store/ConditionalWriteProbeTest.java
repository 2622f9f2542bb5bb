// SPDX-License-Identifier: Apache-2.0
package org.survol.core.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import org.junit.jupiter.api.Test;
import org.survol.core.store.ConditionalWriteProbe.UnfitStoreException;

class ConditionalWriteProbeTest {

    private final MemoryObjectStore objects = new MemoryObjectStore();

    @Test
    void refusesAStoreThatIgnoresTheCondition() {
        var store = withConditionalWrite((key, content) -> {
            objects.write(key, content, "text/plain");
            return true;
        });

        assertThatThrownBy(() -> ConditionalWriteProbe.check(store))
                .isInstanceOf(UnfitStoreException.class)
                .hasMessageContaining("ignores the condition");
        assertThat(objects.list("")).isEmpty();
    }

    @Test
    void refusesAStoreThatReportsAConflictButOverwrites() {
        var store = withConditionalWrite((key, content) -> {
            boolean absent = objects.stat(key).isEmpty();
            objects.write(key, content, "text/plain");
            return absent;
        });

        assertThatThrownBy(() -> ConditionalWriteProbe.check(store))
                .isInstanceOf(UnfitStoreException.class)
                .hasMessageContaining("overwrites");
    }

    @Test
    void anUnreachableStoreIsNotAnUnfitOne() {
        var store = withConditionalWrite((key, content) -> {
            throw new IOException("down");
        });

        assertThatThrownBy(() -> ConditionalWriteProbe.check(store)).isInstanceOf(IOException.class);
    }

    private interface ConditionalWrite {
        boolean write(String key, byte[] content) throws IOException;
    }

    /** The memory store with another way of writing conditionally. */
    private ObjectStore withConditionalWrite(ConditionalWrite write) {
        return (ObjectStore) Proxy.newProxyInstance(
                ObjectStore.class.getClassLoader(), new Class<?>[] {ObjectStore.class}, (proxy, method, args) -> {
                    if (method.getName().equals("writeIfAbsent")) {
                        return write.write((String) args[0], (byte[]) args[1]);
                    }
                    try {
                        return method.invoke(objects, args);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }
}
