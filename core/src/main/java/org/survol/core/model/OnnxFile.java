// SPDX-License-Identifier: Apache-2.0
package org.survol.core.model;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;
import com.google.protobuf.UnknownFieldSet.Field;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.survol.core.BadInputException;

/**
 * An ONNX file in memory, taken apart as far as wrapping it needs (onnx.proto3). What is not understood is kept as it is.
 */
public final class OnnxFile {

    /** onnx.proto3, {@code TensorProto.DataType}. */
    static final int FLOAT = 1;

    static final int UINT8 = 2;
    static final int INT64 = 7;
    static final int FLOAT16 = 10;

    // ModelProto
    static final int MODEL_IR_VERSION = 1;
    static final int MODEL_GRAPH = 7;
    private static final int MODEL_OPSET = 8;
    static final int MODEL_METADATA = 14;
    // OperatorSetIdProto
    private static final int OPSET_DOMAIN = 1;
    private static final int OPSET_VERSION = 2;
    // StringStringEntryProto
    static final int ENTRY_KEY = 1;
    static final int ENTRY_VALUE = 2;
    // GraphProto
    static final int GRAPH_NODE = 1;
    static final int GRAPH_INITIALIZER = 5;
    static final int GRAPH_INPUT = 11;
    static final int GRAPH_OUTPUT = 12;
    static final int GRAPH_VALUE_INFO = 13;
    // ValueInfoProto, TypeProto, TypeProto.Tensor, TensorShapeProto, TensorShapeProto.Dimension
    static final int VALUE_NAME = 1;
    static final int VALUE_TYPE = 2;
    static final int TYPE_TENSOR = 1;
    static final int TENSOR_ELEMENT = 1;
    static final int TENSOR_SHAPE = 2;
    static final int SHAPE_DIMENSION = 1;
    static final int DIMENSION_VALUE = 1;
    static final int DIMENSION_NAME = 2;
    // TensorProto
    static final int INITIALIZER_NAME = 8;
    private static final int INITIALIZER_LOCATION = 14;

    /**
     * A tensor that enters or leaves a graph.
     *
     * @param element {@code TensorProto.DataType}
     * @param shape -1 where a dimension is open
     */
    public record Port(String name, int element, List<Long> shape) {

        public Port {
            shape = List.copyOf(shape);
        }

        /** For people. */
        @Override
        public String toString() {
            var type =
                    switch (element) {
                        case FLOAT -> "float";
                        case UINT8 -> "uint8";
                        case INT64 -> "int64";
                        case FLOAT16 -> "float16";
                        default -> "type " + element;
                    };
            var sides = new ArrayList<String>();
            shape.forEach(side -> sides.add(side < 0 ? "?" : side.toString()));
            return name + ": " + type + " " + String.join(" x ", sides);
        }
    }

    private final String name;
    private final UnknownFieldSet model;
    private final UnknownFieldSet graph;

    private OnnxFile(String name, UnknownFieldSet model, UnknownFieldSet graph) {
        this.name = name;
        this.model = model;
        this.graph = graph;
    }

    /**
     * @param name what to call it in a refusal
     * @throws BadInputException when the bytes are not a self-contained ONNX model
     */
    public static OnnxFile parse(String name, byte[] bytes) {
        try {
            var model = UnknownFieldSet.parseFrom(bytes);
            var graphs = model.getField(MODEL_GRAPH).getLengthDelimitedList();
            if (graphs.isEmpty()) {
                throw notOnnx(name, null);
            }
            var graph = UnknownFieldSet.parseFrom(graphs.getLast());
            for (var initializer : graph.getField(GRAPH_INITIALIZER).getLengthDelimitedList()) {
                if (number(message(initializer), INITIALIZER_LOCATION, 0) != 0) {
                    throw new BadInputException(
                            name,
                            "its weights lie in a file of their own",
                            "Export it as one file, for example with onnx.save(model, path, save_as_external_data=False)");
                }
            }
            return new OnnxFile(name, model, graph);
        } catch (InvalidProtocolBufferException e) {
            throw notOnnx(name, e);
        }
    }

    String name() {
        return name;
    }

    UnknownFieldSet model() {
        return model;
    }

    UnknownFieldSet graph() {
        return graph;
    }

    /** What must be fed; weights that older files list as inputs are left out. */
    public List<Port> inputs() {
        Set<String> weights = new HashSet<>();
        try {
            for (var initializer : graph.getField(GRAPH_INITIALIZER).getLengthDelimitedList()) {
                weights.add(text(message(initializer), INITIALIZER_NAME));
            }
        } catch (InvalidProtocolBufferException e) {
            throw notOnnx(name, e);
        }
        return ports(GRAPH_INPUT).stream()
                .filter(port -> !weights.contains(port.name()))
                .toList();
    }

    public List<Port> outputs() {
        return ports(GRAPH_OUTPUT);
    }

    /** Version of the standard operators that the graph is written in. */
    public int opset() {
        try {
            for (var entry : model.getField(MODEL_OPSET).getLengthDelimitedList()) {
                var opset = message(entry);
                var domain = text(opset, OPSET_DOMAIN);
                if (domain.isEmpty() || domain.equals("ai.onnx")) {
                    return (int) number(opset, OPSET_VERSION, 0);
                }
            }
            return 0;
        } catch (InvalidProtocolBufferException e) {
            throw notOnnx(name, e);
        }
    }

    private List<Port> ports(int field) {
        try {
            var ports = new ArrayList<Port>();
            for (var bytes : graph.getField(field).getLengthDelimitedList()) {
                var value = message(bytes);
                var tensor = inner(inner(value, VALUE_TYPE), TYPE_TENSOR);
                var shape = new ArrayList<Long>();
                for (var dimension :
                        inner(tensor, TENSOR_SHAPE).getField(SHAPE_DIMENSION).getLengthDelimitedList()) {
                    shape.add(number(message(dimension), DIMENSION_VALUE, -1));
                }
                ports.add(new Port(text(value, VALUE_NAME), (int) number(tensor, TENSOR_ELEMENT, 0), shape));
            }
            return ports;
        } catch (InvalidProtocolBufferException e) {
            throw notOnnx(name, e);
        }
    }

    static UnknownFieldSet message(ByteString bytes) throws InvalidProtocolBufferException {
        return UnknownFieldSet.parseFrom(bytes);
    }

    /** An absent message is an empty one. */
    private static UnknownFieldSet inner(UnknownFieldSet message, int field) throws InvalidProtocolBufferException {
        var found = message.getField(field).getLengthDelimitedList();
        return found.isEmpty() ? UnknownFieldSet.getDefaultInstance() : message(found.getLast());
    }

    static String text(UnknownFieldSet message, int field) {
        var found = message.getField(field).getLengthDelimitedList();
        return found.isEmpty() ? "" : found.getLast().toString(StandardCharsets.UTF_8);
    }

    static long number(UnknownFieldSet message, int field, long otherwise) {
        var found = message.getField(field).getVarintList();
        return found.isEmpty() ? otherwise : found.getLast();
    }

    static Field field(ByteString... values) {
        var field = Field.newBuilder();
        for (var value : values) {
            field.addLengthDelimited(value);
        }
        return field.build();
    }

    static Field field(List<ByteString> values) {
        return field(values.toArray(ByteString[]::new));
    }

    static Field field(String value) {
        return field(ByteString.copyFromUtf8(value));
    }

    static Field field(long... values) {
        var field = Field.newBuilder();
        for (long value : values) {
            field.addVarint(value);
        }
        return field.build();
    }

    static BadInputException notOnnx(String name, Throwable cause) {
        return new BadInputException(
                name, "it is not a whole ONNX model", "Export the model as ONNX and try again", cause);
    }
}
