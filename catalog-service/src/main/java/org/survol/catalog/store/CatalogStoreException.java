// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.store;

/** The database did not do what was asked; worth a retry. */
public final class CatalogStoreException extends RuntimeException {

    private static final long serialVersionUID = 1;

    CatalogStoreException(String message, Throwable cause) {
        super(message, cause);
    }
}
