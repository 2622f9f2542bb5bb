// SPDX-License-Identifier: Apache-2.0
package org.survol.standalone;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.survol.scene.SceneGenerator;
import org.survol.scene.SceneSpec;

/** The generator of sample flights, as the command line needs it. */
final class SampleFlights {

    private SampleFlights() {}

    /** @throws CommandFailed naming the value that cannot be */
    static SceneSpec spec(long seed, int sizeMetres, int vintage) {
        return spec(seed, sizeMetres, vintage, SceneSpec.EPSG);
    }

    /** @throws CommandFailed naming the value that cannot be */
    static SceneSpec spec(long seed, int sizeMetres, int vintage, int epsg) {
        try {
            return new SceneSpec(seed, sizeMetres, vintage, epsg);
        } catch (IllegalArgumentException e) {
            throw new CommandFailed(e.getMessage() + ".", e);
        }
    }

    /** Says aloud how far it is, a line at each quarter. */
    static void write(SceneSpec spec, Path folder, Consumer<String> say) throws IOException, InterruptedException {
        var told = new AtomicInteger();
        SceneGenerator.generate(spec, folder, (step, done, total) -> {
            int quarter = (int) (4 * done / total);
            if (total > 1 && quarter > told.get()) {
                told.set(quarter);
                say.accept(step + " " + 25 * quarter + " %");
            }
        });
    }
}
