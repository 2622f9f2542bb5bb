// SPDX-License-Identifier: Apache-2.0
package org.survol.messaging;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.survol.core.store.ObjectStore;
import org.survol.core.store.S3ObjectStore;

/** What every service gets by having this jar. */
class MessagingBeans {

    @Produces
    @Singleton
    CloudEvents cloudEvents(@ConfigProperty(name = "quarkus.application.name", defaultValue = "survol") String name) {
        return new CloudEvents("/" + name);
    }

    @Produces
    @ApplicationScoped
    ObjectStore objectStore(StoreSettings settings) {
        return new S3ObjectStore(settings.connection());
    }

    void close(@Disposes ObjectStore store) {
        if (store instanceof AutoCloseable closeable) {
            try {
                closeable.close();
            } catch (Exception e) {
                throw new IllegalStateException("cannot close the object store", e);
            }
        }
    }
}
