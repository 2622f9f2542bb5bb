// SPDX-License-Identifier: Apache-2.0
package org.survol.standalone;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.survol.standalone.Submission.Ending;
import org.survol.standalone.Submission.HandedIn;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "submit",
        mixinStandardHelpOptions = true,
        description = "Hand in a flight: upload its files and tell the intake. A path is a STAC Item (.json), a folder "
                + "with item.json, a folder of images, or an image file; several image files are one flight. An address "
                + "s3://BUCKET/inbox/FOLDER/ names files that lie in the store already. Without an Item the intake makes "
                + "one from names and headers (id, date, CRS, role of each file) and says what it guessed.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  ./survol submit --wait ortho_2024.tif",
            "  ./survol submit --wait --model survol-demo-rgb ortho_2024.tif",
            "  ./survol submit deliveries/2024-tarn/              a folder, with item.json or without",
            "  ./survol submit deliveries/2024-tarn/item.json     a STAC Item; its hrefs count from where it lies",
            "  ./survol submit --id tarn-2024 rgb.tif irc.tif dsm.tif dtm.tif",
            "  ./survol submit s3://survol/inbox/tarn-2024/       files that were uploaded by other means",
            "",
            "Exit codes: 0 handed in, or with --wait: the map is there and nothing was lost; 1 wrong usage or nothing",
            "running; 2 refused, or ended with dead letters or without a map; 3 not ended within --timeout."
        })
final class SubmitCommand implements Callable<Integer> {

    @Parameters(paramLabel = "PATH", arity = "1..*", description = "Item, folder, image files or s3:// address.")
    private List<String> paths;

    @Option(names = "--wait", description = "Show the progress and wait for the end.")
    private boolean wait;

    @Option(
            names = "--model",
            paramLabel = "NAME",
            description = "Model to use (default: of those that fit the images' bands, the one with most bands).")
    private Optional<String> model;

    @Option(names = "--id", paramLabel = "ID", description = "Id of the acquisition.")
    private Optional<String> id;

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            defaultValue = "3600",
            description = "How long --wait waits for each flight (default: ${DEFAULT-VALUE}).")
    private long timeoutSeconds;

    @Mixin
    private InstanceOptions where;

    @Override
    public Integer call() throws Exception {
        var instance = where.find();
        var deliveries = Delivery.of(paths, id);
        int exitCode = ExitCode.OK;
        try (var store = instance.openStore()) {
            var submission = new Submission(instance, store, line -> System.err.println("survol: " + line));
            for (var delivery : deliveries) {
                exitCode = Math.max(exitCode, submit(submission, delivery, instance));
            }
        }
        return exitCode;
    }

    private int submit(Submission submission, Delivery delivery, Instance instance) throws Exception {
        var before = submission.before(delivery.id());
        String taken;
        switch (submission.handIn(delivery, model)) {
            case Ending.Refused refused -> {
                return report(refused);
            }
            case HandedIn.Taken accepted -> taken = accepted.id();
        }
        System.out.println(taken + ": handed in; " + instance.catalog() + "/acquisitions/" + taken);
        if (!wait) {
            return ExitCode.OK;
        }
        var bars = ProgressBars.onConsole();
        var ending = submission.follow(taken, model, before, Duration.ofSeconds(timeoutSeconds), bars::show);
        bars.finish();
        return report(ending);
    }

    /** Tells the ending to the person and, by the exit code, to the script. */
    static int report(Ending ending) {
        return switch (ending) {
            case Ending.Refused refused -> {
                System.out.println(refused.id() + ": refused. " + refused.reason());
                yield ExitCode.DEAD_LETTERS;
            }
            case Ending.TimedOut timedOut -> {
                System.out.println(timedOut.id() + ": not ended in time, state "
                        + timedOut.last().map(AcquisitionProgress::state).orElse("unknown to the catalogue")
                        + "; it goes on, see ./survol status");
                yield ExitCode.TIMEOUT;
            }
            case Ending.Ended ended -> {
                System.out.print(Summary.of(ended.progress(), ended.wall()).text());
                yield Summary.exitCode(ended.progress());
            }
        };
    }
}
