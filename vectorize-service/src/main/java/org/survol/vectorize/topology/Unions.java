// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.topology;

import java.util.Arrays;

/** Union-find over numbers from 0, each at first alone. */
final class Unions {

    private int[] parent;

    Unions(int count) {
        parent = new int[count];
        Arrays.setAll(parent, i -> i);
    }

    int root(int i) {
        int at = i;
        while (parent[at] != at) {
            parent[at] = parent[parent[at]];
            at = parent[at];
        }
        return at;
    }

    /** The smaller number becomes the root. */
    int join(int a, int b) {
        int rootA = root(a);
        int rootB = root(b);
        int first = Math.min(rootA, rootB);
        parent[Math.max(rootA, rootB)] = first;
        return first;
    }

    /** The root of each number. */
    int[] roots() {
        var roots = new int[parent.length];
        Arrays.setAll(roots, this::root);
        return roots;
    }
}
