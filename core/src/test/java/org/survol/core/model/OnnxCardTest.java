// SPDX-License-Identifier: Apache-2.0
package org.survol.core.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.survol.core.BadInputException;
import org.survol.core.Json;
import org.survol.core.nomenclature.LandClass;
import org.survol.core.nomenclature.Nomenclature;
import org.survol.core.raster.ByteSource;

class OnnxCardTest {

    private static final ModelCard CARD = new ModelCard(
            1,
            "toy",
            "1",
            "Toy",
            new Nomenclature(
                    "toy-2",
                    List.of(new LandClass(1, "a", "A", "A", "#000000"), new LandClass(2, "b", "B", "Bé", "#ffffff"))),
            List.of(Band.RED, Band.NIR),
            0.2,
            8,
            64,
            8,
            5,
            1,
            "Apache-2.0",
            "none",
            Optional.empty(),
            Optional.empty());

    private static final byte[] IR_VERSION = {1 << 3, 10};
    private static final byte[] PRODUCER = field(2, "survol".getBytes(StandardCharsets.UTF_8));
    private static final byte[] GRAPH = field(7, new byte[300_000]);
    private static final byte[] OPSET = field(8, new byte[] {2 << 3, 21});
    private static final byte[] OTHER_ENTRY = entry("author", "x".repeat(40_000));
    private static final byte[] CARD_ENTRY = entry(ModelCard.METADATA_KEY, Json.text(CARD));

    @Test
    void findsTheCardWhereverTheFieldsStand() throws IOException {
        var fields = new ArrayList<>(List.of(IR_VERSION, PRODUCER, GRAPH, OPSET, OTHER_ENTRY, CARD_ENTRY));
        var random = new Random(4);
        for (int i = 0; i < 50; i++) {
            Collections.shuffle(fields, random);
            assertThat(OnnxCard.read(bytes(concat(fields)))).isEqualTo(CARD);
        }
    }

    @Test
    void stepsOverTheGraphWithoutReadingIt() throws IOException {
        var source = bytes(concat(List.of(IR_VERSION, GRAPH, OPSET, CARD_ENTRY)));

        OnnxCard.read(source);

        assertThat(source.bytesRead).isLessThan(100_000);
    }

    @Test
    void theLastOfTwoCardsCountsAsInOnnxRuntime() throws IOException {
        var stale = entry(ModelCard.METADATA_KEY, Json.text(CARD).replace("\"Toy\"", "\"Old\""));

        assertThat(OnnxCard.read(bytes(concat(List.of(IR_VERSION, GRAPH, stale, CARD_ENTRY)))))
                .isEqualTo(CARD);
    }

    @Test
    void acceptsAnEntryWhoseValueStandsBeforeItsKey() throws IOException {
        byte[] swapped = field(
                14,
                concat(List.of(
                        field(2, Json.bytes(CARD)),
                        field(1, ModelCard.METADATA_KEY.getBytes(StandardCharsets.UTF_8)))));

        assertThat(OnnxCard.read(bytes(concat(List.of(IR_VERSION, GRAPH, swapped)))))
                .isEqualTo(CARD);
    }

    @Test
    void aModelWithoutCardIsRefusedWithTheMend() {
        assertRefused(concat(List.of(IR_VERSION, GRAPH, OTHER_ENTRY)), "no model card", "Attach a card");
    }

    @Test
    void aCardWithoutAFieldIsRefusedNamingIt() {
        var lacking = entry(ModelCard.METADATA_KEY, Json.text(CARD).replace("gsdMetres", "gsd"));

        assertRefused(concat(List.of(IR_VERSION, GRAPH, lacking)), "gsdMetres", "Add the missing fields");
    }

    @Test
    void anOversizedCardIsRefused() {
        var huge = entry(ModelCard.METADATA_KEY, " ".repeat(2 << 20));

        assertRefused(concat(List.of(IR_VERSION, GRAPH, huge)), "bytes, more than", "Attach a card");
    }

    @Test
    void otherFilesAreRefused() {
        assertRefused(new byte[0], "not a whole ONNX model", "Export the model");
        assertRefused("II*\0 a TIFF, say".getBytes(StandardCharsets.UTF_8), "not a whole ONNX model", "Export");
        assertRefused(concat(List.of(IR_VERSION, CARD_ENTRY)), "no graph", "Export");
    }

    @Test
    void truncationAnywhereIsRefused() {
        byte[] whole = concat(List.of(IR_VERSION, PRODUCER, field(7, new byte[3_000]), CARD_ENTRY));
        for (int length = 0; length < whole.length; length += 7) {
            assertRefused(Arrays.copyOf(whole, length), "", "");
        }
    }

    @Test
    void noBytesBreakIt() throws IOException {
        var random = new Random(5);
        byte[] whole = concat(List.of(IR_VERSION, PRODUCER, field(7, new byte[200]), OPSET, CARD_ENTRY));
        for (int i = 0; i < 3_000; i++) {
            byte[] damaged = whole.clone();
            for (int hits = random.nextInt(4); hits >= 0; hits--) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            }
            try {
                assertThat(OnnxCard.read(bytes(damaged))).isNotNull();
            } catch (BadInputException e) {
                assertThat(e.file()).isEqualTo("models/toy.onnx");
            }
        }
    }

    @Test
    void aFloodOfFieldsEnds() {
        byte[] field = field(25, new byte[20_000]);
        byte[] flood = new byte[field.length * 5_000];
        for (int i = 0; i < 5_000; i++) {
            System.arraycopy(field, 0, flood, i * field.length, field.length);
        }
        assertRefused(flood, "too many fields", "Export");
    }

    private static void assertRefused(byte[] file, String reason, String mend) {
        ThrowingCallable reading = () -> OnnxCard.read(bytes(file));
        assertThatThrownBy(reading).isInstanceOfSatisfying(BadInputException.class, e -> {
            assertThat(e.file()).isEqualTo("models/toy.onnx");
            assertThat(e.reason()).contains(reason);
            assertThat(e.mend()).contains(mend);
        });
    }

    private static byte[] entry(String key, String value) {
        return field(
                14,
                concat(List.of(
                        field(1, key.getBytes(StandardCharsets.UTF_8)),
                        field(2, value.getBytes(StandardCharsets.UTF_8)))));
    }

    /** A length-delimited protobuf field. */
    private static byte[] field(int number, byte[] content) {
        var out = new ByteArrayOutputStream();
        varint(out, number << 3 | 2);
        varint(out, content.length);
        out.writeBytes(content);
        return out.toByteArray();
    }

    private static void varint(ByteArrayOutputStream out, int value) {
        int rest = value;
        while (rest >= 0x80) {
            out.write(rest & 0x7F | 0x80);
            rest >>>= 7;
        }
        out.write(rest);
    }

    private static byte[] concat(List<byte[]> parts) {
        var out = new ByteArrayOutputStream();
        parts.forEach(out::writeBytes);
        return out.toByteArray();
    }

    private static CountingBytes bytes(byte[] content) {
        return new CountingBytes(content);
    }

    private static final class CountingBytes implements ByteSource {
        private final byte[] content;
        private long bytesRead;

        CountingBytes(byte[] content) {
            this.content = content;
        }

        @Override
        public String name() {
            return "models/toy.onnx";
        }

        @Override
        public long length() {
            return content.length;
        }

        @Override
        public byte[] read(long offset, int length) throws IOException {
            if (offset < 0 || offset + length > content.length) {
                throw new IOException("read beyond the end");
            }
            bytesRead += length;
            return Arrays.copyOfRange(content, (int) offset, (int) offset + length);
        }
    }
}
