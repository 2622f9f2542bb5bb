// SPDX-License-Identifier: Apache-2.0
package org.survol.inference;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CoresTest {

    @ParameterizedTest(name = "{0}: {1} wanted of {2} processors, windows of {3} px")
    @CsvSource({
        "CPU, , 1, 512, 1, 1",
        "CPU, , 2, 1184, 2, 1",
        "CPU, , 16, 1280, 2, 8",
        "CPU, , 2, 2048, 1, 2",
        "CPU, , 3, 512, 1, 3",
        "CPU, 3, 8, 2048, 3, 2",
        "CPU, 9, 4, 512, 4, 1",
        "CUDA, 4, 8, 512, 1, 8",
    })
    void aRunHasItsShare(Accelerator.Kind kind, Integer wanted, int all, int windowSide, int runs, int ofARun) {
        var accelerator = new Accelerator(kind, Precision.FLOAT32, Path.of(""));
        var asked = wanted == null ? OptionalInt.empty() : OptionalInt.of(wanted);

        var cores = Cores.on(accelerator, asked, new Semaphore(all), all, windowSide);

        assertThat(cores.runs()).isEqualTo(runs);
        assertThat(cores.ofARun()).isEqualTo(ofARun);
    }
}
