// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.cql2;

/** A filter that cannot be understood or applied; the message is for whoever wrote it. */
public final class Cql2Exception extends RuntimeException {

    private static final long serialVersionUID = 1;

    private static final int SHOWN = 60;

    Cql2Exception(String message) {
        super(message);
    }

    /** Enough of it to recognise, not enough to harm. */
    static String shown(String text) {
        return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…";
    }
}
