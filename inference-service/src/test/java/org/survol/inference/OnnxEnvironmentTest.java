// SPDX-License-Identifier: Apache-2.0
package org.survol.inference;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class OnnxEnvironmentTest {

    /** A JVM of its own, as what is guarded against ends the JVM. */
    @Test
    void aLongCommandLineDoesNotEndTheProcess() throws Exception {
        var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        var process = new ProcessBuilder(
                        java,
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Start.class.getName(),
                        "x".repeat(50_000))
                .redirectErrorStream(true)
                .start();
        var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(output).contains("runs on cpu");
        assertThat(process.exitValue()).isZero();
    }

    static final class Start {
        private Start() {}

        public static void main(String[] args) {
            System.out.println("runs on "
                    + Accelerator.choose(Device.CPU, Precision.FLOAT32, Path.of(""))
                            .device());
        }
    }
}
