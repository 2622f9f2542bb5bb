// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.store;

/** The database cannot count these by itself, and they are too many to be looked at one by one. */
public final class TooMuchToCount extends RuntimeException {

    private static final long serialVersionUID = 1L;

    TooMuchToCount(int most) {
        super("more than " + most + " Items would have to be compared one by one with a place or a text");
    }
}
