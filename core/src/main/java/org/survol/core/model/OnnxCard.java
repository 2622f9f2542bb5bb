// SPDX-License-Identifier: Apache-2.0
package org.survol.core.model;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.survol.core.BadInputException;
import org.survol.core.raster.ByteSource;

/**
 * Reads a {@link ModelCard} out of an ONNX file without running or even loading the network: it walks the outermost
 * protobuf message (onnx.proto3, {@code ModelProto}), steps over the graph by its length, and fetches only the metadata.
 * A model of hundreds of megabytes in an object store costs a few range reads.
 *
 * <p>Protobuf lets a repeated key stand twice and fields come in any order; as in ONNX Runtime the last entry counts.
 * The whole outer message is walked, so a truncated file is noticed here.
 */
public final class OnnxCard {

    private static final String ATTACH = "Attach a card with `survol model attach-card`, or export the model with one";

    // onnx.proto3
    private static final int MODEL_IR_VERSION = 1;
    private static final int MODEL_GRAPH = 7;
    private static final int MODEL_METADATA_PROPS = 14;
    private static final int ENTRY_KEY = 1;
    private static final int ENTRY_VALUE = 2;

    // protobuf wire types
    private static final int VARINT = 0;
    private static final int FIXED_64 = 1;
    private static final int LENGTH_DELIMITED = 2;
    private static final int FIXED_32 = 5;

    private static final int MAX_CARD_BYTES = 1 << 20;
    /** A model has some dozens of outer fields; a file that needs more range reads than this is hostile or no model. */
    private static final int MAX_READS = 4_096;

    private static final int CHUNK = 1 << 14;

    private OnnxCard() {}

    /**
     * @throws BadInputException when the file is not an ONNX model, carries no card or one that is not valid
     * @throws IOException when the source could not be read; worth a retry
     */
    public static ModelCard read(ByteSource file) throws IOException {
        byte[] json = null;
        boolean hasVersion = false;
        boolean hasGraph = false;
        try {
            var model = new Fields(file, file.length());
            while (model.next()) {
                switch (model.number) {
                    case MODEL_IR_VERSION -> hasVersion = model.wireType == VARINT;
                    case MODEL_GRAPH -> hasGraph = model.wireType == LENGTH_DELIMITED;
                    case MODEL_METADATA_PROPS -> {
                        byte[] card = cardOf(model);
                        if (card != null) {
                            json = card;
                        }
                    }
                    default -> {}
                }
                model.skip();
            }
        } catch (NotProtobuf e) {
            throw notOnnx(file, e.getMessage(), e);
        }
        if (!hasVersion || !hasGraph) {
            throw notOnnx(file, "it holds no graph", null);
        }
        if (json == null) {
            throw new BadInputException(
                    file.name(),
                    "it carries no model card (metadata key " + ModelCard.METADATA_KEY + " is missing)",
                    ATTACH);
        }
        return ModelCard.parse(file.name(), json);
    }

    /** The value of a metadata entry when its key is the card's, else null. */
    private static byte[] cardOf(Fields model) throws IOException, NotProtobuf {
        if (model.wireType != LENGTH_DELIMITED) {
            throw new NotProtobuf("its metadata is not a message");
        }
        var entry = model.inner();
        boolean isCard = false;
        long valueStart = entry.position;
        long valueLength = 0;
        while (entry.next()) {
            if (entry.wireType == LENGTH_DELIMITED && entry.number == ENTRY_KEY) {
                isCard = entry.length == ModelCard.METADATA_KEY.length()
                        && new String(entry.bytes(entry.position, (int) entry.length), StandardCharsets.UTF_8)
                                .equals(ModelCard.METADATA_KEY);
            } else if (entry.wireType == LENGTH_DELIMITED && entry.number == ENTRY_VALUE) {
                valueStart = entry.position;
                valueLength = entry.length;
            }
            entry.skip();
        }
        if (!isCard) {
            return null;
        }
        if (valueLength > MAX_CARD_BYTES) {
            throw new BadInputException(
                    model.reads.source.name(),
                    "its model card has " + valueLength + " bytes, more than " + MAX_CARD_BYTES,
                    "Attach a card that holds only the card's fields");
        }
        return entry.bytes(valueStart, (int) valueLength);
    }

    private static BadInputException notOnnx(ByteSource file, String reason, Exception cause) {
        return new BadInputException(
                file.name(),
                "it is not a whole ONNX model: " + reason,
                "Export the model as ONNX and add it again",
                cause);
    }

    /** The bytes do not parse; carries why. */
    private static final class NotProtobuf extends Exception {
        private static final long serialVersionUID = 1;

        NotProtobuf(String message) {
            super(message);
        }
    }

    /** Fields of one protobuf message, {@code [position, end)} of the file; call {@link #skip} after each. */
    private static final class Fields {
        private final Reads reads;
        private final long end;
        private long position;
        /** of the current field; {@code length} is of its content, which starts at {@code position} */
        private int number;

        private int wireType;
        private long length;

        Fields(ByteSource source, long end) {
            this(new Reads(source), 0, end);
        }

        private Fields(Reads reads, long position, long end) {
            this.reads = reads;
            this.position = position;
            this.end = end;
        }

        Fields inner() {
            return new Fields(reads, position, position + length);
        }

        boolean next() throws IOException, NotProtobuf {
            if (position == end) {
                return false;
            }
            long tag = varint();
            number = (int) (tag >>> 3);
            wireType = (int) (tag & 7);
            if (tag >>> 32 != 0 || number == 0) {
                throw new NotProtobuf("byte " + position + " starts no protobuf field");
            }
            length = switch (wireType) {
                case VARINT -> 0;
                case FIXED_64 -> Long.BYTES;
                case FIXED_32 -> Integer.BYTES;
                case LENGTH_DELIMITED -> varint();
                default -> throw new NotProtobuf("byte " + position + " starts no protobuf field");
            };
            if (wireType == VARINT) {
                varint();
            }
            if (length < 0 || length > end - position) {
                throw new NotProtobuf("it ends inside a field, at byte " + end);
            }
            return true;
        }

        void skip() {
            position += length;
        }

        byte[] bytes(long from, int count) throws IOException, NotProtobuf {
            return reads.bytes(from, count);
        }

        private long varint() throws IOException, NotProtobuf {
            long value = 0;
            for (int shift = 0; shift < Long.SIZE; shift += 7) {
                if (position >= end) {
                    throw new NotProtobuf("it ends inside a field, at byte " + end);
                }
                int b = reads.at(position++);
                value |= (b & 0x7FL) << shift;
                if (b < 0x80) {
                    return value;
                }
            }
            throw new NotProtobuf("byte " + position + " lies in a number without end");
        }
    }

    /** Range reads with a small look-ahead, and a limit on how many. */
    private static final class Reads {
        private final ByteSource source;
        private byte[] chunk = new byte[0];
        private long chunkStart;
        private int count;

        Reads(ByteSource source) {
            this.source = source;
        }

        int at(long offset) throws IOException, NotProtobuf {
            if (offset < chunkStart || offset >= chunkStart + chunk.length) {
                chunk = bytes(offset, (int) Math.min(CHUNK, source.length() - offset));
                chunkStart = offset;
            }
            return chunk[(int) (offset - chunkStart)] & 0xFF;
        }

        byte[] bytes(long offset, int length) throws IOException, NotProtobuf {
            if (++count > MAX_READS) {
                throw new NotProtobuf("its outer message has too many fields");
            }
            return source.read(offset, length);
        }
    }
}
