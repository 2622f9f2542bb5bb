// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.topology;

import java.util.Arrays;

/** Which half-edge leaves each end point of an arc set in each of the four directions; a snapshot of the set. */
final class NodeIndex {

    private static final int NONE = -1;

    private final int[] nodeOfOrigin;
    private int nodes;
    private int[] leaving = new int[4 * 1024];

    private long[] keys = new long[4096];
    /** Node number + 1 by hash slot; 0 = free. */
    private int[] table = new int[4096];

    NodeIndex(ArcSet arcs) {
        nodeOfOrigin = new int[2 * arcs.size()];
        for (int h = 0; h < nodeOfOrigin.length; h++) {
            int corner = arcs.origin(h);
            int node = nodeAt((long) arcs.x.at[corner] << 32 | arcs.y.at[corner] & 0xFFFFFFFFL);
            nodeOfOrigin[h] = node;
            int slot = 4 * node + arcs.departure(h);
            if (leaving[slot] != NONE) {
                throw new IllegalStateException("two boundaries leave (" + arcs.x.at[corner] + ", " + arcs.y.at[corner]
                        + ") in one direction: tiles overlap");
            }
            leaving[slot] = h;
        }
        keys = null;
        table = null;
    }

    int size() {
        return nodes;
    }

    int nodeOfOrigin(int halfEdge) {
        return nodeOfOrigin[halfEdge];
    }

    int nodeOfEnd(int halfEdge) {
        return nodeOfOrigin[halfEdge ^ 1];
    }

    /** The half-edge that leaves the node in that direction, or a negative number. */
    int leaving(int node, int heading) {
        return leaving[4 * node + heading];
    }

    int degree(int node) {
        int degree = 0;
        for (int heading = 0; heading < 4; heading++) {
            if (leaving[4 * node + heading] != NONE) {
                degree++;
            }
        }
        return degree;
    }

    private int nodeAt(long key) {
        int mask = table.length - 1;
        int slot = spread(key) & mask;
        while (table[slot] != 0) {
            if (keys[slot] == key) {
                return table[slot] - 1;
            }
            slot = slot + 1 & mask;
        }
        int node = nodes++;
        keys[slot] = key;
        table[slot] = nodes;
        if (leaving.length < 4 * nodes) {
            leaving = Arrays.copyOf(leaving, 4 * Ints.Growth.next(nodes));
        }
        Arrays.fill(leaving, 4 * node, 4 * node + 4, NONE);
        if (nodes > table.length / 5 * 3) {
            rehash();
        }
        return node;
    }

    private void rehash() {
        long[] oldKeys = keys;
        int[] oldTable = table;
        keys = new long[2 * oldKeys.length];
        table = new int[2 * oldTable.length];
        int mask = table.length - 1;
        for (int i = 0; i < oldTable.length; i++) {
            if (oldTable[i] != 0) {
                int slot = spread(oldKeys[i]) & mask;
                while (table[slot] != 0) {
                    slot = slot + 1 & mask;
                }
                keys[slot] = oldKeys[i];
                table[slot] = oldTable[i];
            }
        }
    }

    private static int spread(long key) {
        long mixed = key * 0x9E3779B97F4A7C15L;
        return (int) (mixed >>> 32 ^ mixed >>> 15);
    }
}
