// SPDX-License-Identifier: Apache-2.0
package org.survol.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.survol.core.Json;
import org.survol.core.raster.ByteRaster;
import org.survol.core.raster.CogWriter;
import org.survol.core.store.StoreLayout;
import org.survol.standalone.AcquisitionProgress.DeadLetter;
import org.survol.standalone.Submission.Ending;

/** What cannot be used becomes one dead letter that names the file, the reason and the mend; everything else goes on. */
class BadInputIT {

    @Test
    void aFileThatIsNotAnImage() throws Exception {
        var file = Files.writeString(Chain.folder("not-an-image").resolve("letter_2022.tif"), "Dear surveyor,\n");

        var progress = submit(file);

        assertThat(progress.state()).isEqualTo("failed");
        assertOneLetter(progress, "letter_2022.tif");

        var again = submit(file);

        assertThat(again.state()).isEqualTo("failed");
        assertOneLetter(again, "letter_2022.tif");
    }

    @Test
    void anImageWithoutCrs() throws Exception {
        var file = Chain.folder("no-crs").resolve("nowhere_2022.tif");
        CogWriter.of(new ByteRaster(512, 512, 3)).write(file);

        var progress = submit(file);

        assertThat(progress.state()).isEqualTo("failed");
        assertOneLetter(progress, "nowhere_2022.tif");
    }

    @Test
    void aTruncatedImageAmongGoodOnes() throws Exception {
        var folder = copyOfFlight("truncated", _ -> {});
        var image = folder.resolve("strip-1-rgb.tif");
        var whole = Files.readAllBytes(image);
        Files.write(image, Arrays.copyOf(whole, whole.length / 2));

        var progress = submit(folder);

        assertOneLetter(progress, "strip-1-rgb.tif");
        assertThat(progress.state()).isEqualTo("done");
        assertThat(progress.latestRun().orElseThrow().product().orElseThrow().polygons())
                .isPositive();
    }

    @Test
    void anAssetThatIsMissing() throws Exception {
        var folder = copyOfFlight("missing", item -> {
            var asset = ((ObjectNode) item.path("assets")).putObject("strip-99-rgb");
            asset.put("href", "strip-99-rgb.tif");
            asset.put("type", "image/tiff; application=geotiff");
            asset.putArray("roles").add("data");
            asset.put("survol:role", "RGB");
        });

        var progress = submit(folder);

        assertOneLetter(progress, "strip-99-rgb.tif");
        assertThat(progress.state()).isEqualTo("done");
    }

    @Test
    void aModelWithoutItsCard() throws Exception {
        var key = StoreLayout.model("no-card");
        try (var store = Chain.shared().instance().openStore()) {
            // an ONNX file's first field (ir_version 8), and nothing else
            store.write(key, new byte[] {0x08, 0x08}, "application/octet-stream");
            var folder = copyOfFlight("beside-no-card", _ -> {});

            var progress = submit(folder);

            assertOneLetter(progress, key);
            assertThat(progress.state()).isEqualTo("done");
            store.delete(key);
        }
    }

    private static AcquisitionProgress submit(Path path) throws IOException, InterruptedException {
        var ending = Chain.shared().submit(path, Optional.empty());
        assertThat(ending).isInstanceOf(Ending.Ended.class);
        return ((Ending.Ended) ending).progress();
    }

    private static void assertOneLetter(AcquisitionProgress progress, String file)
            throws IOException, InterruptedException {
        assertThat(progress.deadLetters()).hasSize(1);
        DeadLetter letter = progress.deadLetters().getFirst();
        assertThat(letter.file()).contains(file);
        assertThat(letter.reason()).isNotBlank();
        assertThat(letter.mend()).isNotBlank();
        assertThat(Summary.exitCode(progress)).isEqualTo(ExitCode.DEAD_LETTERS);
        assertThat(StatusCommand.of(Chain.shared().instance()).text().lines())
                .filteredOn(line -> line.contains(file))
                .anyMatch(line -> line.contains(letter.reason()) && line.contains(letter.mend()));
    }

    /** The sample flight under another id; its Item promises no checksums, so that files may be spoilt. */
    private static Path copyOfFlight(String id, Consumer<ObjectNode> change) throws IOException, InterruptedException {
        var folder = Chain.folder("flight-" + id);
        try (var files = Files.list(Chain.flight())) {
            for (var file : files.filter(f -> f.toString().endsWith(".tif")).toList()) {
                Files.copy(file, folder.resolve(file.getFileName()));
            }
        }
        var item = (ObjectNode)
                Json.MAPPER.readTree(Files.readAllBytes(Chain.flight().resolve("item.json")));
        item.put("id", id);
        for (var asset : item.path("assets")) {
            ((ObjectNode) asset).remove("file:checksum");
            ((ObjectNode) asset).remove("file:size");
        }
        change.accept(item);
        Files.write(folder.resolve("item.json"), Json.bytes(item));
        return folder;
    }
}
