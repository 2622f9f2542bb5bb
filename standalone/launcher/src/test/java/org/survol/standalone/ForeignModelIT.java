// SPDX-License-Identifier: Apache-2.0
package org.survol.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.survol.core.Json;
import org.survol.core.nomenclature.Flair;

/** A network that strangers trained, 19 classes from one band, from its ONNX file to a map that is served. */
class ForeignModelIT {

    private static final Path NETWORK =
            Path.of("../../../shared/data/models_flair_toy_unet/flair_toy_ep10_scale0_125.onnx");
    private static final int ZOOM = 18;

    @Test
    void aCardMakesItMapAFlight() throws Exception {
        assumeTrue(Files.exists(NETWORK), "the foreign model is not on this machine");
        Chain.shared();
        var folder = Chain.folder("foreign");
        var flight = Files.copy(Chain.flight().resolve("strip-1-rgb.tif"), folder.resolve("foreign_2022.tif"));

        var card = (ObjectNode) Json.MAPPER.readTree(model("inspect", "--template", NETWORK.toString()));
        card.put("name", "foreign").put("gsdMetres", 0.2).put("licence", "Apache-2.0");
        card.put("windowMultiple", 16)
                .put("windowSize", 640)
                .put("marginPixels", 64)
                .put("receptiveFieldPixels", 94);
        card.set("nomenclature", Json.MAPPER.valueToTree(Flair.NOMENCLATURE));
        card.putArray("bands").add("RED");
        var network = (ObjectNode) card.path("network");
        network.putArray("mean").add(110);
        network.putArray("std").add(50);
        var cardFile = Files.write(folder.resolve("card.json"), Json.bytes(card));
        var usable = folder.resolve("foreign.onnx");
        model("attach-card", NETWORK.toString(), "--card", cardFile.toString(), "-o", usable.toString());
        model("add", usable.toString(), "--data", Chain.folder("shared").toString());

        var ending = Chain.shared().submit(flight, Optional.of("foreign"));

        assertThat(ending).isInstanceOf(Submission.Ending.Ended.class);
        var progress = ((Submission.Ending.Ended) ending).progress();
        assertThat(progress.deadLetters()).isEmpty();
        var run = progress.latestRun().orElseThrow();
        assertThat(run.state()).isEqualTo("done");
        assertThat(run.model()).contains("foreign");
        assertThat(run.product().orElseThrow().polygons()).isPositive();
        var search =
                Json.MAPPER.readTree(get("/stac/search?collections=products&ids=" + progress.id() + "." + run.run()));
        var picture = ImageIO.read(new ByteArrayInputStream(
                get("/tiles/" + progress.id() + "/" + run.run() + "/classes/" + middle(search))));
        assertThat(opaque(picture)).isPositive();
    }

    /** @return z/x/y.png of the tile at the middle of the first Item's bounds */
    private static String middle(JsonNode items) {
        var bounds = items.path("features").path(0).path("bbox");
        double longitude = (bounds.path(0).asDouble() + bounds.path(2).asDouble()) / 2;
        double latitude =
                Math.toRadians((bounds.path(1).asDouble() + bounds.path(3).asDouble()) / 2);
        int tiles = 1 << ZOOM;
        int x = (int) ((longitude + 180) / 360 * tiles);
        double mercator = Math.log(Math.tan(latitude) + 1 / Math.cos(latitude)) / Math.PI;
        return ZOOM + "/" + x + "/" + (int) ((1 - mercator) / 2 * tiles) + ".png";
    }

    private static long opaque(BufferedImage picture) {
        return IntStream.range(0, picture.getWidth() * picture.getHeight())
                .filter(at -> picture.getRGB(at % picture.getWidth(), at / picture.getWidth()) >>> 24 != 0)
                .count();
    }

    private static byte[] get(String path) throws Exception {
        try (var http = HttpClient.newHttpClient()) {
            var address = Chain.shared().instance().catalog().resolve(path);
            var response = http.send(HttpRequest.newBuilder(address).build(), BodyHandlers.ofByteArray());
            assertThat(response.statusCode()).as(path).isEqualTo(200);
            return response.body();
        }
    }

    /** {@code ./survol model …}
     *  @return what it printed */
    private static String model(String... arguments) {
        var out = new StringWriter();
        var err = new StringWriter();
        var all = new String[arguments.length + 1];
        all[0] = "model";
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        int exit = Survol.commandLine()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(all);
        assertThat(exit).as(err.toString()).isEqualTo(ExitCode.OK);
        return out.toString();
    }
}
