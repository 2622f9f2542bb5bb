// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** GDAL's command line tools, for tests of any module that compare with them or read what they write. */
public final class Gdal {

    private Gdal() {}

    public record Answer(int exit, String text) {}

    /** Leaves the test aside where GDAL is not installed. */
    public static void require() {
        assumeTrue(isThere("gdalinfo", "--version"), "gdalinfo is not installed");
    }

    /** Likewise where its build lacks a format, for example {@code JP2OpenJPEG}. */
    public static void requireDriver(String name) throws IOException {
        require();
        assumeTrue(run("gdalinfo", "--formats").text().contains(name), "GDAL here has no driver " + name);
    }

    public static boolean isThere(String... command) {
        try {
            return run(command).exit() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    public static Answer run(String... command) throws IOException {
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        var text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            return new Answer(process.waitFor(), text);
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    /** {@code gdal_translate} with arguments written with blanks between them. */
    public static Path translate(Path from, Path to, String arguments) throws IOException {
        var command = new ArrayList<>(List.of("gdal_translate", "-q"));
        Arrays.stream(arguments.strip().split("\\s+")).filter(a -> !a.isEmpty()).forEach(command::add);
        command.addAll(List.of(from.toString(), to.toString()));
        var answer = run(command.toArray(String[]::new));
        if (answer.exit() != 0 || !Files.exists(to)) {
            throw new IOException(String.join(" ", command) + ": " + answer.text());
        }
        return to;
    }

    /** Samples as GDAL reads them, band after band, rows from the north, little-endian. */
    public static byte[] samples(Path file, String arguments) throws IOException {
        var raw = Files.createTempFile("gdal", ".bin");
        try {
            translate(file, raw, "-of ENVI -co INTERLEAVE=BSQ " + arguments);
            return Files.readAllBytes(raw);
        } finally {
            Files.deleteIfExists(raw);
            Files.deleteIfExists(raw.resolveSibling(raw.getFileName().toString().replace(".bin", ".hdr")));
            Files.deleteIfExists(raw.resolveSibling(raw.getFileName() + ".aux.xml"));
        }
    }
}
