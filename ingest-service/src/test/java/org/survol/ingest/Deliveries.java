// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.survol.core.Digest;
import org.survol.core.Json;
import org.survol.core.model.Band;
import org.survol.core.model.ModelCard;
import org.survol.core.nomenclature.LandClass;
import org.survol.core.nomenclature.Nomenclature;
import org.survol.core.plan.Plan.PinnedModel;
import org.survol.core.store.StoreLayout;

/** Items, models and cards as a survey would deliver them, small. */
final class Deliveries {

    static final String BUCKET = "survol";
    static final Instant JUNE = Instant.parse("2026-06-21T10:00:00Z");
    static final List<Band> RGB = List.of(Band.RED, Band.GREEN, Band.BLUE);
    static final List<Band> RGBIE = List.of(Band.RED, Band.GREEN, Band.BLUE, Band.NIR, Band.ELEVATION);

    static final IngestConfig CONFIG =
            new IngestConfig(BUCKET, 96, "card", 1, 2, 64, 0, 2.5, 100, 10_000, 0.5, 99.5, 0, Set.of());

    private static final Nomenclature TWO_CLASSES = new Nomenclature(
            "two",
            List.of(
                    new LandClass(1, "bare", "Bare", "Nu", "#aa8855"),
                    new LandClass(2, "green", "Green", "Vert", "#55aa55")));

    private Deliveries() {}

    /** Windows of 64 with a margin of 8: a stride of 48. */
    static ModelCard card(String name, List<Band> bands) {
        return new ModelCard(
                ModelCard.CARD_VERSION,
                name,
                "1",
                name,
                TWO_CLASSES,
                bands,
                0.2,
                8,
                64,
                8,
                8,
                1,
                "Apache-2.0",
                "none",
                Optional.empty(),
                Optional.empty());
    }

    static PinnedModel model(String name, List<Band> bands) {
        return new PinnedModel(StoreLayout.model(name), Digest.ofParts(name), card(name, bands));
    }

    /** The outer message of an ONNX file: version, an empty graph, the card; enough for whoever reads the card. */
    static byte[] onnx(ModelCard card) {
        var file = new ByteArrayOutputStream();
        file.writeBytes(new byte[] {1 << 3, 10});
        file.writeBytes(field(7, new byte[16]));
        var entry = new ByteArrayOutputStream();
        entry.writeBytes(field(1, ModelCard.METADATA_KEY.getBytes(StandardCharsets.UTF_8)));
        entry.writeBytes(field(2, Json.bytes(card)));
        file.writeBytes(field(14, entry.toByteArray()));
        return file.toByteArray();
    }

    /** The same without a card. */
    static byte[] cardlessOnnx() {
        var file = new ByteArrayOutputStream();
        file.writeBytes(new byte[] {1 << 3, 10});
        file.writeBytes(field(7, new byte[16]));
        return file.toByteArray();
    }

    private static byte[] field(int number, byte[] content) {
        var field = new ByteArrayOutputStream();
        field.write(number << 3 | 2);
        int length = content.length;
        while (length > 0x7f) {
            field.write(length & 0x7f | 0x80);
            length >>>= 7;
        }
        field.write(length);
        field.writeBytes(content);
        return field.toByteArray();
    }

    /** @param roles of the files, by file name; an empty string leaves the role out */
    static byte[] item(String id, Map<String, String> roles) {
        var assets = new TreeMap<String, Object>();
        roles.forEach((file, role) -> {
            var asset = new TreeMap<String, Object>();
            asset.put("href", "s3://" + BUCKET + "/" + StoreLayout.inbox(id, file));
            if (!role.isEmpty()) {
                asset.put("survol:role", role);
            }
            assets.put(file.replace('.', '-'), asset);
        });
        return Json.bytes(Map.of(
                "type",
                "Feature",
                "stac_version",
                "1.0.0",
                "id",
                id,
                "properties",
                Map.of("datetime", JUNE.toString()),
                "assets",
                assets));
    }
}
