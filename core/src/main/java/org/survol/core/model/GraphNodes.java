// SPDX-License-Identifier: Apache-2.0
package org.survol.core.model;

import static org.survol.core.model.OnnxFile.field;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import com.google.protobuf.UnknownFieldSet.Field;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** Operators and constants to be put before and behind a network, in the graph's own opset. */
final class GraphNodes {

    /** Of every tensor made here. */
    static final String PREFIX = "survol/";

    /** From this opset on a reduction's axes are an input, before they are an attribute. */
    private static final int SUM_AXES_INPUT = 13;

    private static final int MAX_AXES_INPUT = 18;

    // NodeProto
    private static final int NODE_INPUT = 1;
    private static final int NODE_OUTPUT = 2;
    private static final int NODE_NAME = 3;
    private static final int NODE_OPERATOR = 4;
    private static final int NODE_ATTRIBUTE = 5;
    // AttributeProto
    private static final int ATTRIBUTE_NAME = 1;
    private static final int ATTRIBUTE_INT = 3;
    private static final int ATTRIBUTE_INTS = 8;
    private static final int ATTRIBUTE_TYPE = 20;
    private static final int TYPE_INT = 2;
    private static final int TYPE_INTS = 7;
    // TensorProto
    private static final int TENSOR_DIMS = 1;
    private static final int TENSOR_TYPE = 2;
    private static final int TENSOR_RAW = 9;

    private final int opset;
    private final List<ByteString> nodes = new ArrayList<>();
    private final List<ByteString> initializers = new ArrayList<>();
    private int count;

    GraphNodes(int opset) {
        this.opset = opset;
    }

    /** The nodes made since the last call, in order. */
    List<ByteString> take() {
        var taken = List.copyOf(nodes);
        nodes.clear();
        return taken;
    }

    List<ByteString> initializers() {
        return List.copyOf(initializers);
    }

    /** @return the name of the result */
    String node(String operator, String... inputs) {
        return node(operator, List.of(inputs));
    }

    String node(String operator, List<String> inputs, ByteString... attributes) {
        var output = PREFIX + operator + "_" + count;
        nodeTo(output, operator, inputs, attributes);
        return output;
    }

    void nodeTo(String output, String operator, List<String> inputs, ByteString... attributes) {
        nodes.add(UnknownFieldSet.newBuilder()
                .addField(
                        NODE_INPUT,
                        field(inputs.stream().map(ByteString::copyFromUtf8).toList()))
                .addField(NODE_OUTPUT, field(output))
                .addField(NODE_NAME, field(PREFIX + operator + "_node_" + count++))
                .addField(NODE_OPERATOR, field(operator))
                .addField(NODE_ATTRIBUTE, field(attributes))
                .build()
                .toByteString());
    }

    String cast(String input, int type) {
        return node("Cast", List.of(input), number("to", type));
    }

    /** Over one axis, which stays with size 1. */
    String reduce(String operator, String input, int axis) {
        int axesInput = operator.equals("ReduceSum") ? SUM_AXES_INPUT : MAX_AXES_INPUT;
        return opset >= axesInput
                ? node(operator, List.of(input, longs("axis", axis)), number("keepdims", 1))
                : node(operator, List.of(input), numbers("axes", axis), number("keepdims", 1));
    }

    /** Drops an axis of size 1. */
    String withoutAxis(String input, int axis) {
        return node("Gather", List.of(input, scalar("first")), number("axis", axis));
    }

    /** 0 to 1 as 0 to 255. */
    void quantise(String output, String shares) {
        var steps = node("Round", node("Mul", shares, floats("steps", List.of(255.0))));
        var within = node("Min", node("Max", steps, floats("lowest", List.of(0.0))), floats("highest", List.of(255.0)));
        nodeTo(output, "Cast", List.of(within), number("to", OnnxFile.UINT8));
    }

    ByteString number(String name, long value) {
        return attribute(name, TYPE_INT, ATTRIBUTE_INT, field(value));
    }

    private ByteString numbers(String name, long... values) {
        return attribute(name, TYPE_INTS, ATTRIBUTE_INTS, field(values));
    }

    private static ByteString attribute(String name, int type, int valueField, Field value) {
        return UnknownFieldSet.newBuilder()
                .addField(ATTRIBUTE_NAME, field(name))
                .addField(valueField, value)
                .addField(ATTRIBUTE_TYPE, field(type))
                .build()
                .toByteString();
    }

    String floats(String name, List<Double> values, long... shape) {
        var raw = buffer(values.size() * Float.BYTES);
        values.forEach(value -> raw.putFloat(value.floatValue()));
        return constant(name, OnnxFile.FLOAT, raw, shape);
    }

    String bytes(String name, List<Integer> values) {
        var raw = buffer(values.size());
        values.forEach(value -> raw.put(value.byteValue()));
        return constant(name, OnnxFile.UINT8, raw, values.size());
    }

    private String longs(String name, long... values) {
        var raw = buffer(values.length * Long.BYTES);
        for (long value : values) {
            raw.putLong(value);
        }
        return constant(name, OnnxFile.INT64, raw, values.length);
    }

    private String scalar(String name) {
        return constant(name, OnnxFile.INT64, buffer(Long.BYTES).putLong(0));
    }

    private String constant(String name, int type, ByteBuffer raw, long... shape) {
        var unique = PREFIX + name + "_" + count++;
        initializers.add(UnknownFieldSet.newBuilder()
                .addField(TENSOR_DIMS, field(shape))
                .addField(TENSOR_TYPE, field(type))
                .addField(OnnxFile.INITIALIZER_NAME, field(unique))
                .addField(TENSOR_RAW, field(ByteString.copyFrom(raw.flip())))
                .build()
                .toByteString());
        return unique;
    }

    private static ByteBuffer buffer(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
