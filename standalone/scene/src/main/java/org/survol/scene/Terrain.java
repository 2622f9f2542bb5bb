// SPDX-License-Identifier: Apache-2.0
package org.survol.scene;

import java.util.Optional;
import org.survol.scene.Layout.Pond;
import org.survol.scene.Layout.Road;

/**
 * Ground height in metres above the sea at any place: hills, a valley along the river, level ponds. A function of
 * position alone; computed on nodes 8 pixels apart that lie on the absolute grid, linear between them.
 */
final class Terrain {

    static final int NODE_PIXELS = 8;

    private final int seed;
    private final Optional<Road> river;

    Terrain(long seed, Optional<Road> river) {
        this.seed = new Dice(seed, "terrain", 0).nextInt();
        this.river = river;
    }

    /** Without the channels and basins of water, which {@link #channel} cuts. */
    float node(double x, double y) {
        float hills = 34 * (Noise.octaves(x / 620, y / 620, seed, 3) - 0.5f);
        float swells = 5 * (Noise.octaves(x / 130, y / 130, seed + 1, 2) - 0.5f);
        float valley = 0;
        if (river.isPresent()) {
            float d = (float) (river.get().distance(x, y) / 260);
            float near = Math.max(0, 1 - d);
            valley = 9 * near * near;
            hills *= 1 - 0.6f * near;
        }
        return 184 + hills + swells - valley;
    }

    /** How far the ground lies below {@link #node} at this distance from the water's axis or centre. */
    static float channel(double distance, double halfWidth) {
        return 1.4f * (1 - Noise.smoothstep((float) halfWidth - 0.5f, (float) halfWidth + 3.5f, (float) distance));
    }

    static float outline(Pond pond, double x, double y) {
        return (float) pond.radius() * (0.72f + 0.5f * Noise.value(x / 14, y / 14, pond.key()));
    }
}
