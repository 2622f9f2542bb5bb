// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every reader of ours under coverage-guided fuzzing for a few seconds; {@link FuzzRun} tells how to run it for hours. */
class ReaderFuzzIT {

    @TempDir
    Path scratch;

    @ParameterizedTest
    @ValueSource(
            classes = {
                ReaderFuzz.Tiff.class,
                ReaderFuzz.Jpeg2000.class,
                ReaderFuzz.Ascii.class,
                ReaderFuzz.World.class,
                ReaderFuzz.Tab.class,
                ReaderFuzz.Prj.class,
                ReaderFuzz.Gml.class,
                ReaderFuzz.AnyFile.class
            })
    void onlyRefusalsComeOut(Class<?> target) throws Exception {
        var seeds = Path.of("src/test/resources/fuzz")
                .resolve(target.getSimpleName().toLowerCase(Locale.ROOT));
        var result = FuzzRun.of(target, seeds.toAbsolutePath(), scratch);
        System.out.println("fuzzed " + target.getSimpleName() + ": " + result.executions() + " executions, "
                + result.coverage() + " edges");
        assertThat(result.finding()).as(result.log()).isEmpty();
        assertThat(result.executions()).isPositive();
    }
}
