// SPDX-License-Identifier: Apache-2.0
package org.survol.inference;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.survol.core.Digest;
import org.survol.core.Outcome.FailureKind;
import org.survol.core.event.PipelineEvent.DeadLettered;
import org.survol.core.event.PipelineEvent.TilePredicted;
import org.survol.core.event.RunRef;
import org.survol.core.raster.ByteSources;
import org.survol.core.raster.TiffReader;
import org.survol.core.store.ObjectRef;
import org.survol.core.store.ObjectStore;
import org.survol.core.store.StoreLayout;
import org.survol.messaging.BrokerAndStore;
import org.survol.messaging.CloudEvents;
import org.survol.messaging.EventSink;

/** The service as it runs, against a real broker and a real S3 server. */
@QuarkusTest
@QuarkusTestResource(BrokerAndStore.class)
@TestProfile(InferenceIT.FreePort.class)
class InferenceIT {

    public static class FreePort implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of("quarkus.http.test-port", "0", "survol.work-dir", "target/inference-it");
        }
    }

    @Inject
    ObjectStore store;

    @Inject
    EventSink events;

    @Inject
    CloudEvents codec;

    @ConfigProperty(name = "kafka.bootstrap.servers")
    String brokers;

    @TempDir
    Path scratch;

    private EventLog log;

    @BeforeEach
    void listen() {
        log = new EventLog(brokers, codec);
    }

    @AfterEach
    void stopListening() {
        log.close();
    }

    @Test
    void aReadyTileIsPredictedAndARedeliveryGivesTheSameBytes() throws IOException {
        var run = new ToyRun(store, new ToyScene(ToyScene.Hole.NONE), new RunRef("redelivered", "run1"));
        run.writePlan();
        var ready = run.writeStack(ToyRun.HALO, scratch);

        events.publish(List.of(ready));
        var first = log.next(ready.run(), TilePredicted.class);

        for (var object : List.of(first.classes(), first.probabilities(), first.confidence())) {
            var header =
                    TiffReader.open(ByteSources.ofObject(store, object.key())).header();
            assertThat(header.width()).isEqualTo(160);
            assertThat(header.height()).isEqualTo(160);
            assertThat(sha256(object)).isEqualTo(object.sha256());
        }

        // told again from its record
        events.publish(List.of(ready));
        assertThat(log.next(ready.run(), TilePredicted.class)).isEqualTo(first);

        // computed again
        store.delete(StoreLayout.prediction(ready.run(), ready.tile()));
        events.publish(List.of(ready));
        var third = log.next(ready.run(), TilePredicted.class);
        assertThat(third.classes()).isEqualTo(first.classes());
        assertThat(third.probabilities()).isEqualTo(first.probabilities());
        assertThat(third.confidence()).isEqualTo(first.confidence());
        assertThat(sha256(third.probabilities()))
                .isEqualTo(first.probabilities().sha256());
    }

    @Test
    void aModelThatVanishedIsOneDeadLetterAndTheNextTileGoesOn() throws IOException {
        var broken = new ToyRun(store, new ToyScene(ToyScene.Hole.NONE), new RunRef("without-model", "run2"));
        broken.writePlanFor("vanished", ToyRun.HALO, "f".repeat(64));
        var lost = broken.writeStack(ToyRun.HALO, scratch);
        var sound = new ToyRun(store, new ToyScene(ToyScene.Hole.NONE), new RunRef("sound", "run3"));
        sound.writePlan();
        var ready = sound.writeStack(ToyRun.HALO, scratch);

        events.publish(List.of(lost, ready));
        var letter = log.next(lost.run(), DeadLettered.class);
        var predicted = log.next(ready.run(), TilePredicted.class);

        assertThat(letter.stage()).isEqualTo("infer");
        assertThat(letter.kind()).isEqualTo(FailureKind.BAD_INPUT);
        assertThat(letter.file()).isEqualTo("models/vanished.onnx");
        assertThat(letter.reason()).contains("no longer in the store");
        assertThat(letter.tile()).contains(lost.tile());
        assertThat(predicted.tile()).isEqualTo(ready.tile());
    }

    private String sha256(ObjectRef object) throws IOException {
        return Digest.of(store.read(object.key()));
    }
}
