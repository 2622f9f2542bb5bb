// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import org.survol.core.nomenclature.Flair;
import org.survol.core.raster.ByteSources;
import org.survol.core.raster.CogWriter;
import org.survol.core.raster.Compression;
import org.survol.core.raster.TiffReader;

/** Writes a raster as a COG several times with one thread, and prints the CPU milliseconds of each. */
public final class CogRuns {

    private CogRuns() {}

    /** Arguments: image, COG to write, ZSTD or DEFLATE, how many times. */
    public static void main(String[] arguments) throws IOException {
        var reader = TiffReader.open(ByteSources.ofFile(Path.of(arguments[0])));
        var header = reader.header();
        var raster = reader.readBytes(0, 0, 0, header.width(), header.height());
        var cpu = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        for (int i = 0; i < Integer.parseInt(arguments[3]); i++) {
            long before = cpu.getProcessCpuTime();
            var writer = CogWriter.of(raster)
                    .georeference(header.requireGeo())
                    .compression(Compression.valueOf(arguments[2]));
            if (raster.bands() == 1) {
                writer.colours(Flair.NOMENCLATURE).nodata(0);
            }
            writer.write(Path.of(arguments[1]));
            System.out.println((cpu.getProcessCpuTime() - before) / 1_000_000);
        }
    }
}
