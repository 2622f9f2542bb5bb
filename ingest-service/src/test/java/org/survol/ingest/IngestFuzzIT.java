// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.survol.core.raster.FuzzRun;

class IngestFuzzIT {

    @TempDir
    Path scratch;

    @ParameterizedTest
    @ValueSource(classes = {IngestFuzz.Item.class, IngestFuzz.S3Event.class})
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
