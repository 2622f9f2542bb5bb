// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.cql2;

/** What one filter may cost to read; a filter beyond it is refused before it costs more. Not safe for several threads. */
final class Budget {

    /** A level of nesting takes about ten frames of the stack. */
    static final int MOST_LEVELS = 64;

    static final int MOST_NODES = 5_000;
    static final int MOST_VERTICES = 10_000;
    static final int MOST_CHARACTERS = 1_000_000;

    private int level;
    private int nodes;
    private int vertices;

    static void characters(int count) {
        if (count > MOST_CHARACTERS) {
            throw new Cql2Exception(
                    "the filter has " + count + " characters; at most " + MOST_CHARACTERS + " are read");
        }
    }

    void enter() {
        if (++level > MOST_LEVELS) {
            throw new Cql2Exception("the filter is nested deeper than " + MOST_LEVELS + " levels");
        }
        node();
    }

    void leave() {
        level--;
    }

    void node() {
        if (++nodes > MOST_NODES) {
            throw new Cql2Exception("the filter has more than " + MOST_NODES + " parts");
        }
    }

    void vertex() {
        if (++vertices > MOST_VERTICES) {
            throw new Cql2Exception("the geometries have more than " + MOST_VERTICES + " vertices");
        }
    }
}
