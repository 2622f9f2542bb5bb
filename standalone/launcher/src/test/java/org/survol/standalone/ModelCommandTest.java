// SPDX-License-Identifier: Apache-2.0
package org.survol.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.survol.core.Json;
import org.survol.core.model.OnnxCard;
import org.survol.core.raster.ByteSources;

class ModelCommandTest {

    private static final Path BUNDLED = Distribution.ofThisProcess().home().resolve("models/survol-demo-rgb.onnx");

    @TempDir
    private Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void inspectShowsTensorsAndCard() {
        assertThat(run("inspect", BUNDLED.toString())).isEqualTo(ExitCode.OK);

        assertThat(out.toString()).contains("sha256", "takes", "input: uint8 ? x 3 x ? x ?", "\"survol-demo-rgb\"");
    }

    @Test
    void attachCardWritesAModelThatCarriesIt() throws IOException {
        var card = bundledCard();
        card.put("version", "77");
        var output = folder.resolve("mine.onnx");

        int exitCode = run("attach-card", BUNDLED.toString(), "--card", write(card), "-o", output.toString());

        assertThat(exitCode).as(err.toString()).isEqualTo(ExitCode.OK);
        assertThat(OnnxCard.read(ByteSources.ofFile(output)).version()).isEqualTo("77");
    }

    @Test
    void aCardThatLacksAFieldIsRefusedByItsName() throws IOException {
        var card = bundledCard();
        card.remove("gsdMetres");
        var output = folder.resolve("mine.onnx");

        int exitCode = run("attach-card", BUNDLED.toString(), "--card", write(card), "-o", output.toString());

        assertThat(exitCode).isEqualTo(ExitCode.FAILED);
        assertThat(err.toString()).contains("card.json", "gsdMetres");
        assertThat(output).doesNotExist();
    }

    @Test
    void whatIsNoModelIsSaidInOneLine() throws IOException {
        var file = Files.writeString(folder.resolve("x.onnx"), "no model");

        assertThat(run("inspect", file.toString())).isEqualTo(ExitCode.FAILED);
        assertThat(err.toString()).contains("x.onnx", "not a whole ONNX model").doesNotContain("\tat ");
    }

    @Test
    void aTemplateHasAsManyClassesAndBandsAsTheNetwork() throws IOException {
        assertThat(run("inspect", "--template", BUNDLED.toString())).isEqualTo(ExitCode.OK);

        var card = Json.MAPPER.readTree(out.toString());
        assertThat(card.path("bands")).hasSize(3);
        assertThat(card.path("network").path("mean")).hasSize(3);
        assertThat(card.path("name").asText()).isEqualTo("survol-demo-rgb");
    }

    private static ObjectNode bundledCard() throws IOException {
        return Json.MAPPER.valueToTree(OnnxCard.read(ByteSources.ofFile(BUNDLED)));
    }

    private String write(ObjectNode card) throws IOException {
        return Files.write(folder.resolve("card.json"), Json.bytes(card)).toString();
    }

    private int run(String... args) {
        var all = new String[args.length + 1];
        all[0] = "model";
        System.arraycopy(args, 0, all, 1, args.length);
        return Survol.commandLine()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(all);
    }
}
