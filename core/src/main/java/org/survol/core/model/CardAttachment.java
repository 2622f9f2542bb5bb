// SPDX-License-Identifier: Apache-2.0
package org.survol.core.model;

import static org.survol.core.model.OnnxFile.FLOAT;
import static org.survol.core.model.OnnxFile.FLOAT16;
import static org.survol.core.model.OnnxFile.UINT8;
import static org.survol.core.model.OnnxFile.field;
import static org.survol.core.model.OnnxFile.message;
import static org.survol.core.model.OnnxFile.text;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.survol.core.BadInputException;
import org.survol.core.Json;
import org.survol.core.model.OnnxFile.Port;
import org.survol.core.model.PlainNetwork.Scores;
import org.survol.core.nomenclature.LandClass;

/**
 * Puts a card into an ONNX file. A network that keeps the card's promises already is left as it is; a plain one (floats
 * in, scores out) is wrapped, in the graph itself, so that it takes the stack's bytes and gives classes, probabilities
 * and confidence as bytes: nothing but bytes then crosses between the device and the service.
 */
public final class CardAttachment {

    private static final Set<String> PROMISED = Set.of("input", "classes", "probabilities", "confidence");
    private static final int OLDEST_OPSET = 11;
    private static final long FIRST_WITH_HIDDEN_WEIGHTS = 4;
    private static final int CLASS_AXIS = 1;

    /** NodeProto and AttributeProto. */
    private static final int NODE_INPUT = 1;

    private static final int NODE_OUTPUT = 2;
    private static final int NODE_ATTRIBUTE = 5;
    private static final int ATTRIBUTE_GRAPH = 6;
    private static final int ATTRIBUTE_GRAPHS = 11;

    private final OnnxFile file;
    private final ModelCard card;
    private final PlainNetwork network;
    private final Port input;
    private final Port output;

    private CardAttachment(OnnxFile file, ModelCard card, PlainNetwork network) {
        this.file = file;
        this.card = card;
        this.network = network;
        this.input = only("input", file.inputs(), network.input().orElse(null));
        this.output = only("output", file.outputs(), network.output().orElse(null));
    }

    /**
     * @param name of the model file, for refusals
     * @param cardName of the card's file, likewise
     * @param cardJson a {@link ModelCard}; with a {@link PlainNetwork} when the network is a plain one
     * @return the ONNX file with the card inside
     * @throws BadInputException when the file is no ONNX model, the card is not valid, or the two do not fit
     */
    public static byte[] attach(String name, byte[] onnx, String cardName, byte[] cardJson) {
        var file = OnnxFile.parse(name, onnx);
        var card = ModelCard.parse(cardName, cardJson);
        var network = PlainNetwork.of(cardName, cardJson);
        if (keepsPromises(file)) {
            return withCard(file.model().toBuilder(), cardJson);
        }
        if (network.isEmpty()) {
            throw new BadInputException(
                    name,
                    "it is a plain network (" + file.inputs() + " to " + file.outputs()
                            + "), and the card does not say how it is fed",
                    "Add \"" + PlainNetwork.FIELD
                            + "\": {\"gives\": \"LOGITS\", \"mean\": [one a band], \"std\": [one a band]} to the card");
        }
        try {
            return new CardAttachment(file, card, network.get()).wrap(cardJson);
        } catch (InvalidProtocolBufferException e) {
            throw OnnxFile.notOnnx(name, e);
        }
    }

    private static boolean keepsPromises(OnnxFile file) {
        var names = new HashSet<String>();
        var ports = new ArrayList<>(file.inputs());
        ports.addAll(file.outputs());
        for (var port : ports) {
            if (port.element() == UINT8) {
                names.add(port.name());
            }
        }
        return names.containsAll(PROMISED);
    }

    private static byte[] withCard(UnknownFieldSet.Builder model, byte[] cardJson) {
        try {
            var entries = new ArrayList<ByteString>();
            for (var entry : model.build().getField(OnnxFile.MODEL_METADATA).getLengthDelimitedList()) {
                if (!text(message(entry), OnnxFile.ENTRY_KEY).equals(ModelCard.METADATA_KEY)) {
                    entries.add(entry);
                }
            }
            var compact = Json.bytes(Json.MAPPER.readTree(cardJson));
            entries.add(UnknownFieldSet.newBuilder()
                    .addField(OnnxFile.ENTRY_KEY, field(ModelCard.METADATA_KEY))
                    .addField(OnnxFile.ENTRY_VALUE, field(ByteString.copyFrom(compact)))
                    .build()
                    .toByteString());
            return model.clearField(OnnxFile.MODEL_METADATA)
                    .addField(OnnxFile.MODEL_METADATA, field(entries))
                    .build()
                    .toByteArray();
        } catch (IOException e) {
            throw new IllegalStateException("both were parsed before", e);
        }
    }

    private Port only(String kind, List<Port> ports, String wanted) {
        var found = ports.stream()
                .filter(port -> wanted == null || port.name().equals(wanted))
                .toList();
        if (found.size() != 1) {
            throw new BadInputException(
                    file.name(),
                    wanted == null
                            ? "it has " + found.size() + " " + kind + "s: " + ports
                            : "it has no " + kind + " " + wanted + ", only " + ports,
                    "Name the tensor as " + PlainNetwork.FIELD + "." + kind + " in the card");
        }
        return found.getFirst();
    }

    private byte[] wrap(byte[] cardJson) throws InvalidProtocolBufferException {
        check();
        var inner = renamed(file.graph());
        var nodes = new GraphNodes(file.opset());
        int bands = card.bands().size();
        int classes = card.nomenclature().classes().size();

        var mean = nodes.floats("mean", network.mean(), 1, bands, 1, 1);
        var std = nodes.floats("std", network.std(), 1, bands, 1, 1);
        var centred = nodes.node("Sub", nodes.cast("input", FLOAT), mean);
        var scaled = nodes.node("Div", centred, std);
        nodes.nodeTo(inside(input.name()), "Cast", List.of(scaled), nodes.number("to", input.element()));
        var before = nodes.take();

        var scores = nodes.cast(inside(output.name()), FLOAT);
        var shares = network.gives() == Scores.LOGITS ? softmax(nodes, scores) : scores;
        // the scores, not the shares: quantised or saturated shares may tie where scores do not
        var index =
                nodes.node("ArgMax", List.of(scores), nodes.number("axis", CLASS_AXIS), nodes.number("keepdims", 0));
        var values = nodes.bytes(
                "values",
                card.nomenclature().classes().stream().map(LandClass::value).toList());
        nodes.nodeTo("classes", "Gather", List.of(values, index), nodes.number("axis", 0));
        nodes.quantise("probabilities", shares);
        nodes.quantise("confidence", nodes.withoutAxis(nodes.reduce("ReduceMax", shares, CLASS_AXIS), CLASS_AXIS));

        var all = new ArrayList<>(before);
        all.addAll(inner.getField(OnnxFile.GRAPH_NODE).getLengthDelimitedList());
        all.addAll(nodes.take());
        var initializers =
                new ArrayList<>(inner.getField(OnnxFile.GRAPH_INITIALIZER).getLengthDelimitedList());
        initializers.addAll(nodes.initializers());
        // before this version every weight had to be listed as an input too
        long version = Math.max(OnnxFile.number(file.model(), OnnxFile.MODEL_IR_VERSION, 0), FIRST_WITH_HIDDEN_WEIGHTS);
        var graph = inner.toBuilder()
                .clearField(OnnxFile.GRAPH_NODE)
                .addField(OnnxFile.GRAPH_NODE, field(all))
                .clearField(OnnxFile.GRAPH_INITIALIZER)
                .addField(OnnxFile.GRAPH_INITIALIZER, field(initializers))
                .clearField(OnnxFile.GRAPH_INPUT)
                .addField(
                        OnnxFile.GRAPH_INPUT,
                        field(port("input", side(0, "n"), (long) bands, side(2, "h"), side(3, "w"))))
                .clearField(OnnxFile.GRAPH_OUTPUT)
                .addField(
                        OnnxFile.GRAPH_OUTPUT,
                        field(
                                port("classes", side(0, "n"), side(2, "h"), side(3, "w")),
                                port("probabilities", side(0, "n"), (long) classes, side(2, "h"), side(3, "w")),
                                port("confidence", side(0, "n"), side(2, "h"), side(3, "w"))))
                .build();
        return withCard(
                file.model().toBuilder()
                        .clearField(OnnxFile.MODEL_IR_VERSION)
                        .addField(OnnxFile.MODEL_IR_VERSION, field(version))
                        .clearField(OnnxFile.MODEL_GRAPH)
                        .addField(OnnxFile.MODEL_GRAPH, field(graph.toByteString())),
                cardJson);
    }

    /** Written out: ONNX Runtime's own Softmax transposes twice when its axis is not the last. */
    private String softmax(GraphNodes nodes, String logits) {
        var temperature = nodes.floats("temperature", List.of(card.temperature()));
        var tempered = nodes.node("Div", logits, temperature);
        var powers = nodes.node("Exp", nodes.node("Sub", tempered, nodes.reduce("ReduceMax", tempered, CLASS_AXIS)));
        return nodes.node("Div", powers, nodes.reduce("ReduceSum", powers, CLASS_AXIS));
    }

    private void check() {
        int bands = card.bands().size();
        int classes = card.nomenclature().classes().size();
        if (network.mean().size() != bands) {
            throw unfit(
                    "the card names " + bands + " bands and " + network.mean().size() + " means",
                    "Give one mean and one std a band");
        }
        if (file.opset() < OLDEST_OPSET) {
            throw unfit("it is written in opset " + file.opset(), "Export it with opset " + OLDEST_OPSET + " or newer");
        }
        if (network.gives() == Scores.PROBABILITIES && card.temperature() != 1) {
            throw unfit(
                    "the card has a temperature, which needs logits, and the network gives probabilities",
                    "Set temperature to 1, or export the network without its softmax");
        }
        for (var port : List.of(input, output)) {
            if (port.element() != FLOAT && port.element() != FLOAT16) {
                throw unfit(port + " is not float", "Export it with float tensors");
            }
            if (port.shape().size() != 4) {
                throw unfit(port + " has not four dimensions", "Export it as N x channels x H x W");
            }
        }
        demand(input, 1, bands, "bands");
        demand(output, 1, classes, "classes");
        for (int side : new int[] {2, 3}) {
            demand(input, side, card.windowSize(), "windowSize");
            demand(output, side, card.windowSize(), "windowSize");
        }
    }

    private void demand(Port port, int dimension, long wanted, String what) {
        long found = port.shape().get(dimension);
        if (found >= 0 && found != wanted) {
            throw unfit(
                    port + " has " + found + " where the card's " + what + " makes it " + wanted,
                    "Correct the card, or export the network to fit it");
        }
    }

    private BadInputException unfit(String reason, String mend) {
        return new BadInputException(file.name(), reason, mend);
    }

    /** A fixed side stays fixed: the network may depend on it. */
    private Object side(int dimension, String open) {
        long fixed = input.shape().get(dimension);
        return fixed < 0 ? open : (Object) fixed;
    }

    /** @param shape numbers, or names of open dimensions */
    private static ByteString port(String name, Object... shape) {
        var dimensions = new ArrayList<ByteString>();
        for (var side : shape) {
            dimensions.add(UnknownFieldSet.newBuilder()
                    .addField(
                            side instanceof Long ? OnnxFile.DIMENSION_VALUE : OnnxFile.DIMENSION_NAME,
                            side instanceof Long number ? field(number) : field((String) side))
                    .build()
                    .toByteString());
        }
        var tensor = UnknownFieldSet.newBuilder()
                .addField(OnnxFile.TENSOR_ELEMENT, field(UINT8))
                .addField(
                        OnnxFile.TENSOR_SHAPE,
                        field(UnknownFieldSet.newBuilder()
                                .addField(OnnxFile.SHAPE_DIMENSION, field(dimensions))
                                .build()
                                .toByteString()));
        var type = UnknownFieldSet.newBuilder()
                .addField(OnnxFile.TYPE_TENSOR, field(tensor.build().toByteString()));
        return UnknownFieldSet.newBuilder()
                .addField(OnnxFile.VALUE_NAME, field(name))
                .addField(OnnxFile.VALUE_TYPE, field(type.build().toByteString()))
                .build()
                .toByteString();
    }

    /** The network's own tensors make room for the names that the card promises. */
    private static String inside(String tensor) {
        return PROMISED.contains(tensor) || tensor.startsWith(GraphNodes.PREFIX) ? "network/" + tensor : tensor;
    }

    private static UnknownFieldSet renamed(UnknownFieldSet graph) throws InvalidProtocolBufferException {
        var nodes = new ArrayList<ByteString>();
        for (var bytes : graph.getField(OnnxFile.GRAPH_NODE).getLengthDelimitedList()) {
            var node = message(bytes);
            var attributes = new ArrayList<ByteString>();
            for (var attribute : node.getField(NODE_ATTRIBUTE).getLengthDelimitedList()) {
                attributes.add(renamedAttribute(message(attribute)));
            }
            nodes.add(node.toBuilder()
                    .clearField(NODE_INPUT)
                    .addField(NODE_INPUT, renamedTexts(node, NODE_INPUT))
                    .clearField(NODE_OUTPUT)
                    .addField(NODE_OUTPUT, renamedTexts(node, NODE_OUTPUT))
                    .clearField(NODE_ATTRIBUTE)
                    .addField(NODE_ATTRIBUTE, field(attributes))
                    .build()
                    .toByteString());
        }
        var result = graph.toBuilder().clearField(OnnxFile.GRAPH_NODE).addField(OnnxFile.GRAPH_NODE, field(nodes));
        rename(graph, result, OnnxFile.GRAPH_INITIALIZER, OnnxFile.INITIALIZER_NAME);
        rename(graph, result, OnnxFile.GRAPH_INPUT, OnnxFile.VALUE_NAME);
        rename(graph, result, OnnxFile.GRAPH_OUTPUT, OnnxFile.VALUE_NAME);
        rename(graph, result, OnnxFile.GRAPH_VALUE_INFO, OnnxFile.VALUE_NAME);
        return result.build();
    }

    /** Bodies of branches and loops see the tensors around them. */
    private static ByteString renamedAttribute(UnknownFieldSet attribute) throws InvalidProtocolBufferException {
        var result = attribute.toBuilder();
        for (int field : new int[] {ATTRIBUTE_GRAPH, ATTRIBUTE_GRAPHS}) {
            var graphs = new ArrayList<ByteString>();
            for (var graph : attribute.getField(field).getLengthDelimitedList()) {
                graphs.add(renamed(message(graph)).toByteString());
            }
            result.clearField(field).addField(field, OnnxFile.field(graphs));
        }
        return result.build().toByteString();
    }

    private static UnknownFieldSet.Field renamedTexts(UnknownFieldSet node, int number) {
        var names = new ArrayList<ByteString>();
        for (var name : node.getField(number).getLengthDelimitedList()) {
            names.add(ByteString.copyFromUtf8(inside(name.toStringUtf8())));
        }
        return field(names);
    }

    private static void rename(UnknownFieldSet graph, UnknownFieldSet.Builder result, int list, int nameField)
            throws InvalidProtocolBufferException {
        var entries = new ArrayList<ByteString>();
        for (var bytes : graph.getField(list).getLengthDelimitedList()) {
            var entry = message(bytes);
            var name = text(entry, nameField);
            entries.add(
                    inside(name).equals(name)
                            ? bytes
                            : entry.toBuilder()
                                    .clearField(nameField)
                                    .addField(nameField, field(inside(name)))
                                    .build()
                                    .toByteString());
        }
        result.clearField(list).addField(list, field(entries));
    }
}
