// SPDX-License-Identifier: Apache-2.0
package org.survol.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A finished map as its users read it: with clients that others wrote. Those that are not installed here are skipped. */
class ClientsIT {

    private static final int NOT_INSTALLED = 77;
    private static final Path INSTALLED =
            Path.of(System.getProperty("user.home"), ".cache/survol/clients-venv/bin/python");

    @ParameterizedTest
    @ValueSource(strings = {"pystac", "rasterio", "odc", "owslib", "gdal", "geopandas", "duckdb", "mapbox"})
    void getsWhatThereIs(String client) throws Exception {
        Chain.undisturbed();
        var process = new ProcessBuilder(
                        python(),
                        "src/test/python/clients.py",
                        client,
                        Chain.shared().instance().catalog().toString())
                .redirectErrorStream(true)
                .start();
        var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int exit = process.waitFor();
        // what is installed for these tests is whole
        assumeTrue(exit != NOT_INSTALLED || Files.isExecutable(INSTALLED) && !client.equals("gdal"), output);
        assertThat(exit).as(output).isZero();
    }

    /** What {@code .ci/run} installs, or whatever is at hand. */
    private static String python() {
        return Files.isExecutable(INSTALLED) ? INSTALLED.toString() : "python3";
    }
}
