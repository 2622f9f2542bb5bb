// SPDX-License-Identifier: Apache-2.0
package org.survol.inference;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.util.OptionalInt;

/** What an operator may set; see docs/configuration.md. */
@ConfigMapping(prefix = "survol.inference")
interface InferenceConfig {

    /** {@code auto}, {@code cpu}, {@code cuda} or {@code tensorrt}. */
    @WithDefault("auto")
    Device device();

    /** {@code float32}, {@code tf32} or {@code float16}; of GPUs only. */
    @WithDefault("tf32")
    Precision precision();

    /** Windows computed at once; absent: 1 on the CPU, 4 on a GPU. Halved when the device has no room for them. */
    OptionalInt batch();

    /** Threads of all runs on the CPU; absent: all processors that the JVM may use. */
    OptionalInt threads();

    /**
     * Batches computed at the same time on the CPU, each by its share of the threads; absent: 2 when windows are small
     * and the threads an even number, else 1.
     */
    OptionalInt runs();

    /**
     * Tiles in work at once. One has the device; a second one is fetched, encoded and uploaded meanwhile, and holds a
     * tile's prediction in memory more.
     */
    @WithDefault("2")
    int workers();

    /** Models kept ready to run; the one unused for longest makes room. */
    @WithDefault("2")
    int loadedModels();

    default int threadCount() {
        return threads().orElse(Runtime.getRuntime().availableProcessors());
    }
}
