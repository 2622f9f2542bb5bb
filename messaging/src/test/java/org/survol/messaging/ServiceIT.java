// SPDX-License-Identifier: Apache-2.0
package org.survol.messaging;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.smallrye.common.annotation.Identifier;
import jakarta.inject.Inject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Test;
import org.survol.core.Json;
import org.survol.core.Outcome.Done;
import org.survol.core.event.PipelineEvent;
import org.survol.core.event.RunRef;
import org.survol.core.store.CancelledRuns;
import org.survol.core.store.ObjectStore;

/** What a Quarkus service gets from this jar, in a running one. */
@QuarkusTest
@QuarkusTestResource(BrokerAndStore.class)
class ServiceIT {

    @Inject
    EventSink sink;

    @Inject
    WorkQueues queues;

    @Inject
    ObjectStore store;

    @Inject
    CloudEvents codec;

    @Inject
    MeterRegistry meters;

    @Inject
    @Identifier("default-kafka-broker")
    Map<String, Object> kafka;

    @ConfigProperty(name = "mp.messaging.outgoing.events-out.acks")
    String acks;

    @ConfigProperty(name = "quarkus.http.test-port")
    int port;

    @Test
    void makesEveryTopic() throws Exception {
        try (var admin = Admin.create(clients())) {
            var described = admin.describeTopics(Topics.ALL).allTopicNames().get(20, TimeUnit.SECONDS);

            assertThat(described.values())
                    .allSatisfy(topic -> assertThat(topic.partitions()).hasSize(Topics.PARTITIONS));
        }
    }

    @Test
    void publishesUnderTheKeyAndTypeOfTheEvent() throws Exception {
        var event = Samples.EVENTS.getLast();

        sink.publish(List.of(event));

        var settings = clients();
        settings.put("group.id", "reader-" + UUID.randomUUID());
        settings.put("auto.offset.reset", "earliest");
        try (var consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
            consumer.subscribe(List.of(Topics.DEAD_LETTERS));
            var record = Polls.first(consumer);
            assertThat(record.key()).isEqualTo(event.key());
            assertThat(codec.decode(record.value())).isEqualTo(event);
            assertThat(Json.MAPPER.readTree(record.value()).get("source").asText())
                    .startsWith("/");
            assertThat(record.headers().lastHeader("content-type").value())
                    .asString(StandardCharsets.UTF_8)
                    .isEqualTo(CloudEvents.CONTENT_TYPE);
        }
        assertThat(acks).isEqualTo("all");
    }

    @Test
    void carriesWorkFromOneStageToTheNext() throws Exception {
        var done = new LinkedBlockingQueue<PipelineEvent>();
        int tiles = 300;
        var planned = IntStream.range(0, tiles).mapToObj(Samples::tile).toList();

        sink.publish(planned);
        var tiling = queues.start(
                "tiling",
                Topics.TILES_PLANNED,
                2,
                event -> Done.with(new PipelineEvent.TileSkipped(
                        Samples.RUN, "plan", ((PipelineEvent.TilePlanned) event).tile(), "sea")));
        queues.start("test", "counting", Topics.TILES_SKIPPED, 2, event -> {
            done.add(event);
            return Done.with();
        });

        for (int i = 0; i < tiles; i++) {
            assertThat(done.poll(60, TimeUnit.SECONDS)).as("tile " + i).isNotNull();
        }
        assertThat(done.poll(1, TimeUnit.SECONDS)).isNull();
        assertThat(tiling.ended(WorkQueue.Ending.DONE)).isEqualTo(tiles);
        assertThat(queues.backlog(tiling)).isZero();
        assertThat(meters.get("survol.work.backlog")
                        .tag("group", "tiling")
                        .gauge()
                        .value())
                .isNotNaN();
        assertThat(meters.get("survol.work.records")
                        .tag("group", "tiling")
                        .tag("ending", "done")
                        .functionCounter()
                        .count())
                .isEqualTo(tiles);
    }

    @Test
    void handsNoWorkOfACancelledRunToAStage() throws Exception {
        var unwanted = new RunRef("cancelled-flight", "run-1");
        var wanted = new RunRef("cancelled-flight", "run-2");
        var begun = new LinkedBlockingQueue<RunRef>();
        new CancelledRuns(store).cancel(unwanted);

        try (var queue = queues.start("test", "assembling", Topics.ACQUISITIONS_SETTLED, 1, event -> {
            begun.add(((PipelineEvent.AcquisitionSettled) event).run());
            return Done.with();
        })) {
            sink.publish(Stream.of(unwanted, wanted, unwanted, wanted)
                    .<PipelineEvent>map(run -> new PipelineEvent.AcquisitionSettled(run, "plan", 1, 0, 0))
                    .toList());

            for (int i = 0; i < 2; i++) {
                assertThat(begun.poll(60, TimeUnit.SECONDS)).isEqualTo(wanted);
            }
            Polls.until("the others passed over", () -> queue.ended(WorkQueue.Ending.SKIPPED) == 2);
            assertThat(begun).isEmpty();
        }
    }

    @Test
    void bringsTheObjectStore() throws Exception {
        store.write("service/object", "x".getBytes(StandardCharsets.UTF_8), "text/plain");

        assertThat(store.read("service/object")).isEqualTo("x".getBytes(StandardCharsets.UTF_8));
        assertThat(store.list("probe/")).isEmpty();
    }

    @Test
    void saysThatItIsReadyAndAlive() throws Exception {
        try (var http = HttpClient.newHttpClient()) {
            var answer = http.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/q/health"))
                            .timeout(Duration.ofSeconds(20))
                            .build(),
                    BodyHandlers.ofString());

            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            assertThat(answer.body())
                    .contains("\"broker\"", "\"object store\"", "\"work queues run\"", "\"work queues take work\"");
        }
    }

    private Map<String, Object> clients() {
        return new HashMap<>(kafka);
    }
}
