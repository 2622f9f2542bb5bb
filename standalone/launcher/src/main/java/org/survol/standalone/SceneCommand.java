// SPDX-License-Identifier: Apache-2.0
package org.survol.standalone;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.survol.scene.SceneSpec;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "scene",
        mixinStandardHelpOptions = true,
        description =
                "Write a sample flight: image files as a survey delivers them (RGB, IRC, DSM, DTM), the STAC Item, the "
                        + "true classes and the ancillary vectors. The same seed is the same place; another vintage shows it "
                        + "after some years. Same options, same bytes.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  ./survol scene -o flight                              the default place in 2022",
            "  ./survol scene --seed 7 --size 400 --vintage 2025 -o flight-2025",
            "  ./survol submit --wait flight                         hand it in",
            "",
            "Exit codes: 0 written; 1 wrong usage or not possible."
        })
final class SceneCommand implements Callable<Integer> {

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "Chooses the landscape (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Option(
            names = "--size",
            paramLabel = "METRES",
            defaultValue = "" + SceneSpec.DEFAULT_SIZE_METRES,
            description = "Side of the square (default: ${DEFAULT-VALUE}).")
    private int size;

    @Option(
            names = "--vintage",
            paramLabel = "YEAR",
            defaultValue = "" + SceneSpec.DEFAULT_VINTAGE,
            description = "Year of the flight (default: ${DEFAULT-VALUE}).")
    private int vintage;

    @Option(
            names = "--epsg",
            paramLabel = "CODE",
            defaultValue = "" + SceneSpec.EPSG,
            description = "CRS of the territory to set the scene down in: 2154, 5490, 2972, 2975 or 4471 "
                    + "(default: ${DEFAULT-VALUE}).")
    private int epsg;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "DIR",
            required = true,
            description = "Folder to write to.")
    private Path output;

    @Override
    public Integer call() throws Exception {
        var spec = SampleFlights.spec(seed, size, vintage, epsg);
        SampleFlights.write(spec, output, line -> System.err.println("survol: " + line));
        System.out.println(spec.id() + " written to " + output + "; hand it in with ./survol submit --wait " + output);
        return ExitCode.OK;
    }
}
