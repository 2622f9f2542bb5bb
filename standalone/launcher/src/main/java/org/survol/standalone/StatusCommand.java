// SPDX-License-Identifier: Apache-2.0
package org.survol.standalone;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.survol.core.Json;
import org.survol.standalone.AcquisitionProgress.DeadLetter;
import org.survol.standalone.AcquisitionProgress.Tiles;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "status",
        mixinStandardHelpOptions = true,
        description =
                "Show whether the services are well, how far each acquisition is, and every dead letter: which file "
                        + "could not be used, why, and what mends it.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  ./survol status",
            "  ./survol status --json | jq '.deadLetters[].mend'",
            "",
            "Exit codes: 0 told, and all services are ready; 1 nothing runs there, or a service is not ready."
        })
final class StatusCommand implements Callable<Integer> {

    @Option(names = "--json", description = "One JSON object instead of tables.")
    private boolean json;

    @Mixin
    private InstanceOptions where;

    /** @param services whether each is ready */
    record Status(
            URI catalog,
            Map<String, Boolean> services,
            List<AcquisitionProgress> acquisitions,
            List<DeadLetter> deadLetters) {

        boolean isWell() {
            return !services.containsValue(false);
        }

        String text() {
            var services = new Table("SERVICE", "READY");
            services().forEach((name, ready) -> services.row(name, ready ? "yes" : "NO"));
            var text = new StringBuilder(services.toString()).append('\n');
            if (acquisitions.isEmpty()) {
                text.append("no acquisitions yet; hand one in with ./survol submit\n");
            } else {
                var table = new Table(
                        "ACQUISITION",
                        "STATE",
                        "MODEL",
                        "PLANNED",
                        "READY",
                        "PREDICTED",
                        "VECTORIZED",
                        "EMPTY",
                        "FAILED",
                        "POLYGONS");
                acquisitions.forEach(acquisition -> table.row(row(acquisition)));
                text.append(table);
            }
            if (!deadLetters.isEmpty()) {
                text.append('\n').append("DEAD LETTERS (file: reason. mend.)\n");
                deadLetters.forEach(
                        letter -> text.append("  ").append(letter.line()).append('\n'));
            }
            return text.toString();
        }

        private static List<String> row(AcquisitionProgress acquisition) {
            var run = acquisition.latestRun();
            var tiles = run.map(AcquisitionProgress.Run::tiles).orElse(Tiles.NONE);
            return List.of(
                    acquisition.id(),
                    acquisition.state(),
                    run.flatMap(AcquisitionProgress.Run::model)
                            .or(acquisition::model)
                            .orElse("-"),
                    Integer.toString(tiles.planned()),
                    Integer.toString(tiles.ready()),
                    Integer.toString(tiles.predicted()),
                    Integer.toString(tiles.vectorized()),
                    Integer.toString(tiles.skipped()),
                    Integer.toString(tiles.failed()),
                    run.flatMap(AcquisitionProgress.Run::product)
                            .map(product -> Long.toString(product.polygons()))
                            .orElse("-"));
        }
    }

    @Override
    public Integer call() throws Exception {
        var status = of(where.find());
        if (json) {
            System.out.println(new String(
                    Json.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(status), StandardCharsets.UTF_8));
        } else {
            System.out.print(status.text());
        }
        return status.isWell() ? ExitCode.OK : ExitCode.FAILED;
    }

    static Status of(Instance instance) throws IOException, InterruptedException {
        var catalogue = new Catalogue(instance);
        var services = new LinkedHashMap<String, Boolean>();
        for (var service : instance.services().entrySet()) {
            services.put(service.getKey(), catalogue.isReady(service.getValue()));
        }
        var acquisitions = new ArrayList<AcquisitionProgress>();
        try {
            for (var listed : catalogue.acquisitions()) {
                acquisitions.add(Optional.of(listed.id())
                        .flatMap(id -> detail(catalogue, id))
                        .orElse(listed));
            }
            return new Status(instance.catalog(), services, acquisitions, catalogue.deadLetters());
        } catch (java.net.ConnectException e) {
            throw new CommandFailed("the catalogue at " + instance.catalog() + " does not answer.", e);
        }
    }

    private static Optional<AcquisitionProgress> detail(Catalogue catalogue, String id) {
        try {
            return catalogue.acquisition(id);
        } catch (IOException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }
}
