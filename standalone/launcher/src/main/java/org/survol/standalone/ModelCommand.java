// SPDX-License-Identifier: Apache-2.0
package org.survol.standalone;

import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.survol.core.BadInputException;
import org.survol.core.Digest;
import org.survol.core.Json;
import org.survol.core.model.CardAttachment;
import org.survol.core.model.ModelCard;
import org.survol.core.model.OnnxCard;
import org.survol.core.model.OnnxFile;
import org.survol.core.model.PlainNetwork;
import org.survol.core.raster.ByteSources;
import org.survol.core.store.StoreLayout;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "model",
        mixinStandardHelpOptions = true,
        description = "Look at models, make any segmentation network usable, and put it to work.",
        subcommands = {
            ModelCommand.Inspect.class,
            ModelCommand.AttachCard.class,
            ModelCommand.Add.class,
            ModelCommand.Listing.class
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  ./survol model list                                        what a running instance has",
            "A network of your own, in four steps:",
            "  ./survol model inspect --template net.onnx > card.json     then fill the card in",
            "  ./survol model attach-card net.onnx --card card.json -o my-model.onnx",
            "  ./survol model add my-model.onnx                           no restart needed",
            "  ./survol submit --wait --model my-model ortho.tif",
            "",
            "Exit codes: 0 all well; 1 wrong usage, nothing running, or a file that cannot be used; 2 inspect: no usable card."
        })
final class ModelCommand implements Runnable {

    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        throw new CommandLine.ParameterException(spec.commandLine(), "Which one: inspect, attach-card, add or list?");
    }

    @Command(
            name = "inspect",
            mixinStandardHelpOptions = true,
            description = "Show a model file's card; of a plain network, what enters and leaves it.")
    static final class Inspect implements Callable<Integer> {

        @Spec
        private CommandSpec spec;

        @Parameters(paramLabel = "FILE", description = "An ONNX file.")
        private Path file;

        @Option(names = "--template", description = "Print a card to fill in for this network.")
        private boolean template;

        @Override
        public Integer call() throws IOException {
            var network = OnnxFile.parse(file.toString(), readAll(file));
            if (template) {
                spec.commandLine().getOut().println(pretty(CardTemplate.of(network, modelName(file))));
                return ExitCode.OK;
            }
            var table = new Table("file", file.toString());
            table.row(List.of("sha256", Digest.of(file)));
            table.row(List.of("opset", Integer.toString(network.opset())));
            network.inputs().forEach(port -> table.row(List.of("takes", port.toString())));
            network.outputs().forEach(port -> table.row(List.of("gives", port.toString())));
            spec.commandLine().getOut().println(table.toString().stripTrailing());
            try {
                spec.commandLine().getOut().println(pretty(OnnxCard.read(ByteSources.ofFile(file))));
                return ExitCode.OK;
            } catch (BadInputException e) {
                spec.commandLine().getOut().println("Not usable yet: " + e.reason() + ". " + e.mend() + ".");
                return ExitCode.DEAD_LETTERS;
            }
        }
    }

    @Command(
            name = "attach-card",
            mixinStandardHelpOptions = true,
            description =
                    "Put a card into an ONNX file. A network that takes floats and gives scores is wrapped so that it "
                            + "takes the tiles' bytes and gives classes, probabilities and confidence as bytes; the network itself "
                            + "stays as it is.",
            footerHeading = "%nExample:%n",
            footer = "  ./survol model attach-card net.onnx --card card.json -o my-model.onnx")
    static final class AttachCard implements Callable<Integer> {

        @Spec
        private CommandSpec spec;

        @Parameters(paramLabel = "FILE", description = "An ONNX file.")
        private Path file;

        @Option(
                names = "--card",
                required = true,
                paramLabel = "CARD",
                description =
                        "JSON; `inspect --template` makes one to fill in, docs/model-card.md explains the fields.")
        private Path card;

        @Option(
                names = {"-o", "--output"},
                required = true,
                paramLabel = "OUT",
                description = "File to write.")
        private Path output;

        @Override
        public Integer call() throws IOException {
            Files.write(output, CardAttachment.attach(file.toString(), readAll(file), card.toString(), readAll(card)));
            spec.commandLine().getOut().println(output + ": " + describe(OnnxCard.read(ByteSources.ofFile(output))));
            return ExitCode.OK;
        }
    }

    @Command(
            name = "add",
            mixinStandardHelpOptions = true,
            description =
                    "Put models into the store of a running instance. Flights handed in from now on can use them; "
                            + "flights in work keep the model they began with.")
    static final class Add implements Callable<Integer> {

        @Spec
        private CommandSpec spec;

        @Parameters(paramLabel = "FILE", arity = "1..*", description = "ONNX files with a card.")
        private List<Path> files;

        @Mixin
        private InstanceOptions where;

        @Override
        public Integer call() throws Exception {
            for (var file : files) {
                OnnxCard.read(ByteSources.ofFile(existing(file)));
            }
            try (var store = where.find().openStore()) {
                for (var file : files) {
                    var card = OnnxCard.read(ByteSources.ofFile(file));
                    store.upload(StoreLayout.model(card.name()), file, "application/octet-stream");
                    spec.commandLine().getOut().println("added " + describe(card));
                }
            }
            return ExitCode.OK;
        }
    }

    @Command(name = "list", mixinStandardHelpOptions = true, description = "The models that a running instance has.")
    static final class Listing implements Callable<Integer> {

        @Spec
        private CommandSpec spec;

        @Mixin
        private InstanceOptions where;

        @Override
        public Integer call() throws Exception {
            var table = new Table("MODEL", "VERSION", "BANDS", "PIXEL", "CLASSES", "ACCURACY");
            try (var store = where.find().openStore()) {
                for (var object : store.list(StoreLayout.MODELS)) {
                    try {
                        var card = OnnxCard.read(ByteSources.ofObject(store, object.key()));
                        table.row(List.of(
                                card.name(),
                                card.version(),
                                bands(card),
                                card.gsdMetres() + " m",
                                Integer.toString(card.nomenclature().classes().size()),
                                accuracy(card).orElse("not stated")));
                    } catch (BadInputException e) {
                        table.row(List.of(object.key(), "not usable: " + e.reason(), "", "", "", ""));
                    }
                }
            }
            spec.commandLine().getOut().println(table.toString().stripTrailing());
            return ExitCode.OK;
        }
    }

    private static String describe(ModelCard card) {
        return card.name() + " " + card.version() + ": " + bands(card) + " at " + card.gsdMetres() + " m to "
                + card.nomenclature().classes().size() + " classes of "
                + card.nomenclature().id()
                + accuracy(card).map(text -> ", " + text).orElse("");
    }

    private static String bands(ModelCard card) {
        return card.bands().stream().map(Enum::name).collect(Collectors.joining(","));
    }

    private static Optional<String> accuracy(ModelCard card) {
        return card.accuracy()
                .map(measured -> String.format(
                        Locale.ROOT,
                        "overall %.1f %%, mean IoU %.3f",
                        100 * measured.overallAccuracy(),
                        measured.meanIou()));
    }

    private static String modelName(Path file) {
        var stem = file.getFileName().toString().replaceFirst("\\.onnx$", "");
        var name = stem.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-").replaceAll("^-|-$", "");
        return name.isEmpty() ? "my-model" : name;
    }

    private static Path existing(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new CommandFailed(file + " does not exist.");
        }
        return file;
    }

    private static byte[] readAll(Path file) throws IOException {
        return Files.readAllBytes(existing(file));
    }

    private static String pretty(Object value) throws IOException {
        var printer = new DefaultPrettyPrinter();
        printer.indentArraysWith(DefaultIndenter.SYSTEM_LINEFEED_INSTANCE);
        return Json.MAPPER.writer(printer).writeValueAsString(value);
    }

    /** A card that says what the network's own shape tells, with words where a person must decide. */
    private static final class CardTemplate {

        private CardTemplate() {}

        static ObjectNode of(OnnxFile network, String name) {
            long bands = side(network.inputs(), 1, 3);
            long classes = side(network.outputs(), 1, 2);
            long window = side(network.inputs(), 2, 512);
            var card = Json.MAPPER.createObjectNode();
            card.put("cardVersion", ModelCard.CARD_VERSION);
            card.put("name", name);
            card.put("version", "1");
            card.put("title", "FILL IN: one line for people");
            var nomenclature = card.putObject("nomenclature");
            nomenclature.put("id", "FILL IN");
            var list = nomenclature.putArray("classes");
            for (int i = 1; i <= classes; i++) {
                list.addObject()
                        .put("value", i)
                        .put("code", "class-" + i)
                        .put("labelEn", "FILL IN")
                        .put("labelFr", "FILL IN")
                        .put("colour", String.format("#%06x", i * 0x3a5f7b & 0xffffff));
            }
            var order = card.putArray("bands");
            List.of("RED", "GREEN", "BLUE", "NIR", "ELEVATION").stream()
                    .limit(bands)
                    .forEach(order::add);
            card.put("gsdMetres", 0.2);
            card.put("windowMultiple", 32);
            card.put("windowSize", window);
            card.put("marginPixels", window / 8);
            // not known: no margin counts as enough until the author says how far the network sees
            card.put("receptiveFieldPixels", window);
            card.put("temperature", 1);
            card.put("licence", "FILL IN");
            card.put("trainingData", "FILL IN");
            var plain = card.putObject(PlainNetwork.FIELD);
            plain.put("gives", PlainNetwork.Scores.LOGITS.name());
            var mean = plain.putArray("mean");
            var std = plain.putArray("std");
            for (int i = 0; i < bands; i++) {
                mean.add(127.5);
                std.add(63.75);
            }
            return card;
        }

        private static long side(List<OnnxFile.Port> ports, int dimension, long open) {
            return ports.stream()
                    .findFirst()
                    .filter(port -> port.shape().size() > dimension)
                    .map(port -> port.shape().get(dimension))
                    .filter(side -> side > 0)
                    .orElse(open);
        }
    }
}
