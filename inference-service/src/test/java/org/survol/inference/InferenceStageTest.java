// SPDX-License-Identifier: Apache-2.0
package org.survol.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.survol.core.BadInputException;
import org.survol.core.Json;
import org.survol.core.Outcome;
import org.survol.core.event.PipelineEvent;
import org.survol.core.event.PipelineEvent.TilePredicted;
import org.survol.core.event.PipelineEvent.TileReady;
import org.survol.core.event.PipelineEvent.TileSkipped;
import org.survol.core.raster.ByteRaster;
import org.survol.core.raster.ByteSources;
import org.survol.core.raster.CogWriter;
import org.survol.core.raster.Gdal;
import org.survol.core.raster.GeoReference;
import org.survol.core.raster.TiffReader;
import org.survol.core.store.MemoryObjectStore;
import org.survol.core.store.ObjectRef;
import org.survol.core.store.StoreLayout;

class InferenceStageTest {

    private final MemoryObjectStore store = new MemoryObjectStore();
    private final ToyScene scene = new ToyScene(new ToyScene.Hole(1_800, -3_600, 30));
    private final ToyRun run = new ToyRun(store, scene);

    @TempDir
    private Path scratch;

    @TempDir
    private Path work;

    private InferenceStage stage;

    @BeforeEach
    void newStage() throws IOException {
        stage = new InferenceStage(store, new Settings(), work, "test", new SimpleMeterRegistry());
    }

    @AfterEach
    void closeStage() {
        stage.close();
    }

    @Test
    void aReadyTileBecomesClassesProbabilitiesAndConfidence() throws Exception {
        run.writePlan();
        var ready = run.writeStack(ToyRun.HALO, scratch);

        var predicted = predict(ready);

        assertThat(predicted.run()).isEqualTo(ToyRun.RUN);
        assertThat(predicted.tile()).isEqualTo(ToyRun.TILE);
        assertThat(predicted.keptShare()).isBetween(0.1, 0.5625);
        assertThat(predicted.report().device()).isEqualTo("cpu");
        assertThat(predicted.report().shares()).containsKeys("download", "decode", "compute", "encode", "upload");
        var classes = open(predicted.classes());
        var probabilities = open(predicted.probabilities());
        var confidence = open(predicted.confidence());
        assertThat(probabilities.header().bandNames())
                .containsExactly("water: Water", "building: Building", "vegetation: Vegetation", "soil: Soil");
        assertThat(classes.header().nodata()).hasValue(0);
        assertThat(classes.header().metadata())
                .containsEntry("model", "fixture")
                .containsEntry("run", "0123456789abcdef");
        var window = ToyRun.GRID.window(ToyRun.TILE);
        assertThat(classes.header().requireGeo().west()).isEqualTo(ToyRun.GRID.easting(window.column()));
        assertThat(classes.header().requireGeo().north()).isEqualTo(ToyRun.GRID.northing(window.row()));
        byte[] values = classes.readBytes(0, 0, 0, 160, 160).plane(0);
        byte[] certain = confidence.readBytes(0, 0, 0, 160, 160).plane(0);
        byte[] building = probabilities.readBytes(0, 0, 0, 160, 160).plane(1);
        byte[] mask = probabilities.readMask(0, 0, 0, 160, 160);
        int holes = 0;
        for (int y = 0; y < 160; y++) {
            for (int x = 0; x < 160; x++) {
                int i = y * 160 + x;
                boolean hasImage = scene.hasImage(window.column() + x, window.row() + y);
                assertThat(mask[i] != 0).isEqualTo(hasImage);
                if (hasImage) {
                    var expected = scene.expected(window.column() + x, window.row() + y);
                    assertThat(values[i] & 0xFF).isEqualTo(expected.value());
                    assertThat(certain[i] & 0xFF).isEqualTo((int) Math.rint(expected.confidence()));
                    assertThat(building[i] & 0xFF)
                            .isEqualTo((int) Math.rint(expected.probabilities().get(1)));
                } else {
                    holes++;
                    assertThat(values[i]).isZero();
                }
            }
        }
        assertThat(holes).isPositive();
        assertThat(predicted.report().pixels()).isEqualTo(160 * 160 - holes);
        try (var leftovers = Files.list(work)) {
            assertThat(leftovers)
                    .extracting(path -> path.getFileName().toString())
                    .containsExactly("models");
        }
    }

    @Test
    void computingATileTwiceGivesTheSameBytes() throws Exception {
        run.writePlan();
        var ready = run.writeStack(ToyRun.HALO, scratch);
        var first = predict(ready);
        store.delete(StoreLayout.prediction(ToyRun.RUN, ToyRun.TILE));

        var second = predict(ready);

        assertThat(second.classes()).isEqualTo(first.classes());
        assertThat(second.probabilities()).isEqualTo(first.probabilities());
        assertThat(second.confidence()).isEqualTo(first.confidence());
    }

    @Test
    void aTileOnRecordIsToldAgainWithoutComputing() throws Exception {
        run.writePlan();
        var ready = run.writeStack(ToyRun.HALO, scratch);
        var first = predict(ready);
        store.delete(ready.stack().key());

        assertThat(predict(ready)).isEqualTo(first);
    }

    @Test
    void aRecordWhoseObjectsAreGoneIsNotBelieved() throws Exception {
        run.writePlan();
        var ready = run.writeStack(ToyRun.HALO, scratch);
        var first = predict(ready);
        store.delete(first.probabilities().key());

        assertThat(predict(ready).probabilities()).isEqualTo(first.probabilities());
        assertThat(store.stat(first.probabilities().key())).isPresent();
    }

    @Test
    void aModelThatVanishedIsNamed() throws Exception {
        var plan = run.writePlan();
        var ready = run.writeStack(ToyRun.HALO, scratch);
        store.delete(plan.model().key());

        assertThatThrownBy(() -> stage.handle(ready)).isInstanceOfSatisfying(BadInputException.class, e -> {
            assertThat(e.file()).isEqualTo("models/fixture.onnx");
            assertThat(e.reason())
                    .contains("no longer in the store")
                    .contains(plan.model().sha256());
            assertThat(e.mend()).contains("Put it back");
        });
    }

    @Test
    void aModelThatWasReplacedIsNotUsed() throws Exception {
        var plan = run.writePlan();
        var ready = run.writeStack(ToyRun.HALO, scratch);
        store.write(plan.model().key(), "another".getBytes(StandardCharsets.UTF_8), "application/octet-stream");

        assertThatThrownBy(() -> stage.handle(ready))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("another one lies there now");
    }

    @Test
    void aModelInWorkOutlivesItsReplacementInTheStore() throws Exception {
        var plan = run.writePlan();
        var ready = run.writeStack(ToyRun.HALO, scratch);
        predict(ready);
        store.delete(StoreLayout.prediction(ToyRun.RUN, ToyRun.TILE));
        store.write(plan.model().key(), "another".getBytes(StandardCharsets.UTF_8), "application/octet-stream");

        assertThat(predict(ready).run()).isEqualTo(ToyRun.RUN);
    }

    @Test
    void aHaloTooSmallForTheModelIsRefusedNamingThePlan() throws Exception {
        run.writePlan(7);
        var ready = run.writeStack(7, scratch);

        assertThatThrownBy(() -> stage.handle(ready))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining(StoreLayout.plan(ToyRun.RUN))
                .hasMessageContaining("halo of 7 pixels");
    }

    @Test
    void aStackOfAnotherSizeOrBandCountIsRefused() throws Exception {
        run.writePlan();
        var small = run.writeStack(8, scratch);

        assertThatThrownBy(() -> stage.handle(small))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining(small.stack().key())
                .hasMessageContaining("176 x 176");

        var oneBand = scratch.resolve("one.tif");
        CogWriter.of(new ByteRaster(272, 272, 1))
                .georeference(new GeoReference(2154, 0, 0, 0.2, 0.2))
                .write(oneBand);
        var ready = new TileReady(
                small.run(),
                small.planKey(),
                small.tile(),
                store.upload(small.stack().key(), oneBand, "image/tiff"),
                1,
                small.report());

        assertThatThrownBy(() -> stage.handle(ready))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("1 bands of UINT8 where model fixture needs 5");
    }

    @Test
    void aStackThatIsNotTheAnnouncedOneIsTriedAgain() throws Exception {
        run.writePlan();
        var ready = run.writeStack(ToyRun.HALO, scratch);
        var announced = new ObjectRef(ready.stack().key(), ready.stack().bytes(), "0".repeat(64));

        var outcome =
                stage.handle(new TileReady(ready.run(), ready.planKey(), ready.tile(), announced, 1, ready.report()));

        assertThat(outcome).isInstanceOfSatisfying(Outcome.Failed.class, failed -> {
            assertThat(failed.kind()).isEqualTo(Outcome.FailureKind.TRANSIENT);
            assertThat(failed.file()).isEqualTo(ready.stack().key());
            assertThat(failed.reason()).contains("not the object").contains("that was announced");
            assertThat(failed.mend()).contains("cut anew");
        });
    }

    @Test
    void gdalShowsClassesWithTheirNamesAndColours() throws Exception {
        Gdal.require();
        run.writePlan();
        var predicted = predict(run.writeStack(ToyRun.HALO, scratch));
        var file = scratch.resolve("classes.tif");
        store.download(predicted.classes().key(), file);
        store.download(
                StoreLayout.classNames(predicted.run(), predicted.tile()), scratch.resolve("classes.tif.aux.xml"));

        var info = gdalinfo(file);

        var band = info.at("/bands/0");
        assertThat(band.path("colorInterpretation").asText()).isEqualTo("Palette");
        assertThat(band.at("/colorTable/entries/5")).hasToString("[58,110,165,255]");
        assertThat(band.path("noDataValue").asInt(-1)).isZero();
        assertThat(Gdal.run("gdalinfo", file.toString()).text())
                .containsPattern("Categories:\\s+0: \\s*1: \\s*2: Building\\s+3: \\s*4: \\s*5: Water\\s")
                .containsPattern("11: Vegetation\\s");
        assertThat(info.at("/rat/tableType").asText()).isEqualTo("thematic");
        assertThat(info.at("/rat/row/0/f")).hasToString("[5,\"Water\",\"water\",\"Water\",58,110,165]");
        assertThat(info.at("/rat/row")).hasSize(4);
    }

    @Test
    void gdalShowsProbabilitiesAsSharesOfNamedClassesWithAMask() throws Exception {
        Gdal.require();
        run.writePlan();
        var predicted = predict(run.writeStack(ToyRun.HALO, scratch));
        var file = scratch.resolve("probabilities.tif");
        store.download(predicted.probabilities().key(), file);
        var confidence = scratch.resolve("confidence.tif");
        store.download(predicted.confidence().key(), confidence);

        var bands = gdalinfo(file).path("bands");

        assertThat(bands.findValuesAsText("description"))
                .containsExactly("water: Water", "building: Building", "vegetation: Vegetation", "soil: Soil");
        for (var band : bands) {
            assertAShareWithAMask(band);
        }
        var sure = gdalinfo(confidence).at("/bands/0");
        assertThat(sure.path("description").asText()).isEqualTo("confidence");
        assertAShareWithAMask(sure);
        float sum = 0;
        var shares = ByteBuffer.wrap(Gdal.samples(file, "-unscale -ot Float32 -srcwin 100 100 1 1"))
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer();
        while (shares.hasRemaining()) {
            sum += shares.get();
        }
        assertThat(sum).as("each of four is rounded to 1/255").isCloseTo(1, within(4 * 0.5f / 255));
    }

    private static void assertAShareWithAMask(JsonNode band) {
        assertThat(band.path("scale").asDouble() * 255).isCloseTo(1, within(1e-12));
        assertThat(band.path("offset").asDouble(-1)).isZero();
        assertThat(band.has("noDataValue")).as("0 is a share").isFalse();
        assertThat(band.at("/mask/flags").toString()).contains("PER_DATASET");
    }

    private static JsonNode gdalinfo(Path file) throws IOException {
        var answer = Gdal.run("gdalinfo", "-json", file.toString());
        assertThat(answer.exit()).as(answer.text()).isZero();
        return Json.MAPPER.readTree(answer.text());
    }

    @Test
    void otherEventsAreLeftAlone() throws Exception {
        PipelineEvent other = new TileSkipped(ToyRun.RUN, "plan", ToyRun.TILE, "no image");

        assertThat(stage.handle(other)).isInstanceOf(Outcome.Skipped.class);
    }

    private TilePredicted predict(TileReady ready) throws IOException {
        var outcome = stage.handle(ready);
        assertThat(outcome).isInstanceOf(Outcome.Done.class);
        List<PipelineEvent> events = ((Outcome.Done) outcome).events();
        assertThat(events).hasSize(1);
        return (TilePredicted) events.getFirst();
    }

    private TiffReader open(ObjectRef ref) throws IOException {
        return TiffReader.open(ByteSources.ofObject(store, ref.key()));
    }

    private static final class Settings implements InferenceConfig {
        @Override
        public Device device() {
            return Device.CPU;
        }

        @Override
        public Precision precision() {
            return Precision.FLOAT32;
        }

        @Override
        public OptionalInt batch() {
            return OptionalInt.empty();
        }

        @Override
        public OptionalInt runs() {
            return OptionalInt.empty();
        }

        @Override
        public OptionalInt threads() {
            return OptionalInt.of(1);
        }

        @Override
        public int workers() {
            return 1;
        }

        @Override
        public int loadedModels() {
            return 2;
        }
    }
}
