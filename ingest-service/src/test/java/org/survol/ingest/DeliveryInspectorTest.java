// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Collections;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.survol.core.BadInputException;
import org.survol.core.Json;
import org.survol.core.plan.Plan.Role;
import org.survol.core.raster.ByteRaster;
import org.survol.core.raster.CogWriter;
import org.survol.core.raster.FloatRaster;
import org.survol.core.raster.GeoReference;
import org.survol.core.store.MemoryObjectStore;
import org.survol.ingest.DeliveredItem.DeliveredAsset;
import org.survol.ingest.DeliveryInspector.Request;
import org.survol.ingest.GuessedItem.Guess;

class DeliveryInspectorTest {

    /** Near Auch; the point 500 km, 6,275 km is 0.529 degrees east, 43.556 degrees north. */
    private static final GeoReference GERS = new GeoReference(2154, 500_000, 6_275_000, 0.2, 0.2);

    private final MemoryObjectStore store = new MemoryObjectStore();
    private final DeliveryInspector inspector = new DeliveryInspector(store, Deliveries.CONFIG);

    @TempDir
    Path scratch;

    @Test
    void describesAFolderOfAllRoles() throws Exception {
        image("32-2022-0500-6275-LA93-0M20-E080.tif", 3);
        image("32-2022-0500-6275-LA93-0M20-IRC-E080.tif", 3);
        image("four-2022.tif", 4);
        heights("mns.tif");
        heights("MNT.tif");
        store.write("inbox/gers/32-2022.tab", new byte[9], "text/plain");
        store.write("inbox/gers/_SUCCESS", new byte[0], "text/plain");

        var made = inspect(Optional.empty(), Optional.empty());

        var item = DeliveredItem.parse(made.json(), Deliveries.BUCKET);
        assertThat(item.id()).isEqualTo("gers").isEqualTo(made.id());
        assertThat(item.datetime()).isEqualTo(Instant.parse("2022-07-01T12:00:00Z"));
        assertThat(item.assets())
                .extracting(asset -> asset.role().orElseThrow())
                .containsExactly(Role.RGB, Role.IRC, Role.DTM, Role.RGBI, Role.DSM);
        assertThat(item.assets()).extracting(DeliveredAsset::key).allMatch(key -> key.startsWith("inbox/gers/"));
        var json = Json.MAPPER.readTree(made.json());
        assertThat(json.path("bbox").get(0).asDouble()).isBetween(0.51, 0.54);
        assertThat(json.path("bbox").get(3).asDouble()).isBetween(43.54, 43.57);
        assertThat(json.path("properties").path("proj:code").asText()).isEqualTo("EPSG:2154");
        assertThat(json.path("properties").path("gsd").asDouble()).isEqualTo(0.2);
        assertThat(asset(json, "mns").path("proj:shape")).hasSize(2);
        assertThat(asset(json, "32-2022-0500-6275-LA93-0M20-IRC-E080")
                        .path("bands")
                        .get(0)
                        .path("name")
                        .asText())
                .isEqualTo("nir");
        assertThat(made.guessed())
                .extracting(Guess::field)
                .contains("id", "properties.datetime", "assets.*.survol:role");
        assertThat(Json.MAPPER.treeToValue(json.path("properties").path("survol:guessed"), Guess[].class))
                .as("the id is no guess about the flight")
                .containsExactlyElementsOf(
                        made.guessed().subList(0, made.guessed().size() - 1));
        assertThat(inspect(Optional.of("gers"), Optional.of(Deliveries.JUNE)).json())
                .as("the same, said by somebody")
                .isEqualTo(made.json());
    }

    @Test
    void equalObjectsGiveEqualBytesInWhateverOrderTheyAreListed() throws Exception {
        image("a-2022.tif", 3);
        image("b-2022.tif", 3);
        heights("mns.tif");

        var once = inspect(Optional.empty(), Optional.empty());
        var files = new java.util.ArrayList<>(store.list("inbox/gers/"));
        Collections.reverse(files);
        var again = inspector.inspect(
                new Request("inbox/gers/", files, Optional.empty(), Optional.empty(), Optional.empty()));

        assertThat(again.json()).isEqualTo(once.json());
    }

    @Test
    void filesOfSeveralDaysMakeAnIntervalAndKeepTheirOwn() throws Exception {
        image("strip-20220614.tif", 3);
        image("strip-20220616.tif", 3);
        heights("dsm-20230301.tif");

        var made = inspect(Optional.empty(), Optional.empty());

        var item = DeliveredItem.parse(made.json(), Deliveries.BUCKET);
        assertThat(item.datetime()).as("not the day the heights were computed").isEqualTo("2022-06-16T12:00:00Z");
        assertThat(item.assets())
                .extracting(asset -> asset.datetime().map(Instant::toString).orElse(""))
                .containsExactly("", "2022-06-14T12:00:00Z", "2022-06-16T12:00:00Z");
    }

    @Test
    void theSendersWordGoesBeforeEveryGuess() throws Exception {
        image("strip-20220614.tif", 3);

        var made = inspector.inspect(new Request(
                "inbox/gers/",
                store.list("inbox/gers/"),
                Optional.of("other"),
                Optional.of(Deliveries.JUNE),
                Optional.empty()));

        assertThat(made.id()).isEqualTo("other");
        assertThat(DeliveredItem.parse(made.json(), Deliveries.BUCKET).datetime())
                .isEqualTo(Deliveries.JUNE);
        assertThat(made.guessed()).extracting(Guess::field).containsExactly("assets.*.survol:role");
    }

    @Test
    void withoutAnyDateTheFilesOwnIsTakenOrTheFolderIsRefused() throws Exception {
        image("strip.tif", 3);

        assertThatThrownBy(() -> inspect(Optional.empty(), Optional.empty()))
                .isInstanceOfSatisfying(BadInputException.class, e -> {
                    assertThat(e.file()).isEqualTo("inbox/gers/");
                    assertThat(e.mend()).contains("datetime");
                });
        assertThat(DeliveredItem.parse(
                                inspect(Optional.empty(), Optional.of(Deliveries.JUNE))
                                        .json(),
                                Deliveries.BUCKET)
                        .datetime())
                .isEqualTo(Deliveries.JUNE);
    }

    @Test
    void aFileThatIsNoImageIsAnAssetThatPlanningWillRefuse() throws Exception {
        store.write("inbox/gers/letter_2022.tif", "Dear surveyor".getBytes(StandardCharsets.UTF_8), "image/tiff");

        var made = inspect(Optional.empty(), Optional.empty());

        assertThat(DeliveredItem.parse(made.json(), Deliveries.BUCKET).assets()).hasSize(1);
        assertThat(Json.MAPPER.readTree(made.json()).path("geometry").isNull()).isTrue();
    }

    @Test
    void heightsAboveGroundAreLeftOutAndSaidSo() throws Exception {
        image("rgb-2022.tif", 3);
        heights("MNH.tif");

        var made = inspect(Optional.empty(), Optional.empty());

        assertThat(DeliveredItem.parse(made.json(), Deliveries.BUCKET).assets())
                .extracting(DeliveredAsset::name)
                .containsExactly("rgb-2022");
        assertThat(made.guessed()).extracting(Guess::why).anyMatch(why -> why.contains("MNS"));
    }

    @Test
    void aFolderWithoutImagesIsRefused() {
        store.write("inbox/gers/readme.txt", new byte[3], "text/plain");

        assertThatThrownBy(() -> inspect(Optional.empty(), Optional.empty()))
                .isInstanceOfSatisfying(
                        BadInputException.class, e -> assertThat(e.reason()).contains("image"));
    }

    private GuessedItem inspect(Optional<String> id, Optional<Instant> written) throws IOException {
        return inspector.inspect(new Request("inbox/gers/", store.list("inbox/gers/"), id, Optional.empty(), written));
    }

    private static JsonNode asset(JsonNode item, String name) {
        return item.path("assets").path(name);
    }

    private void image(String name, int bands) throws IOException {
        write(name, CogWriter.of(new ByteRaster(40, 30, bands)).georeference(GERS));
    }

    private void heights(String name) throws IOException {
        write(name, CogWriter.of(new FloatRaster(10, 10, 1)).georeference(GERS));
    }

    private void write(String name, CogWriter.Builder writer) throws IOException {
        var file = scratch.resolve(name);
        writer.write(file);
        store.write("inbox/gers/" + name, Files.readAllBytes(file), "image/tiff");
    }
}
