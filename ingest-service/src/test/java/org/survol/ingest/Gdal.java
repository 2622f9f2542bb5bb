// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** GDAL's command line tools, as an oracle where they are installed. */
final class Gdal {

    private Gdal() {}

    static void assumeInstalled() {
        assumeTrue(
                List.of(System.getenv("PATH").split(File.pathSeparator)).stream()
                        .anyMatch(folder -> Files.isExecutable(Path.of(folder, "gdalwarp"))),
                "GDAL is not installed");
    }

    /** Runs a tool and returns what it wrote; a failure is the test's. */
    static String run(List<String> command) throws IOException, InterruptedException {
        return run(command, "");
    }

    static String run(List<String> command, String input) throws IOException, InterruptedException {
        var in = Files.createTempFile("gdal", ".in");
        var out = Files.createTempFile("gdal", ".out");
        try {
            Files.writeString(in, input);
            int exit = new ProcessBuilder(command)
                    .redirectInput(in.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(out.toFile())
                    .start()
                    .waitFor();
            var output = Files.readString(out, StandardCharsets.UTF_8);
            assertThat(exit).as(output).isZero();
            return output;
        } finally {
            Files.delete(in);
            Files.delete(out);
        }
    }
}
