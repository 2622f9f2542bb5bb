// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.survol.core.Outcome;
import org.survol.core.Outcome.Done;
import org.survol.core.Outcome.Failed;
import org.survol.core.Outcome.FailureKind;
import org.survol.core.event.PipelineEvent;
import org.survol.core.event.PipelineEvent.AcquisitionRegistered;
import org.survol.core.event.PipelineEvent.DeadLettered;
import org.survol.core.plan.Plan.Role;
import org.survol.core.raster.GeoReference;
import org.survol.core.store.MemoryObjectStore;
import org.survol.core.store.StoreLayout;
import org.survol.ingest.Arrivals.Fate;
import org.survol.messaging.EventSink;

class ArrivalsTest {

    private static final GeoReference GEO = new GeoReference(2154, 700_800, 6_600_000, 0.2, 0.2);

    private Instant now = Deliveries.JUNE;
    private final MemoryObjectStore store = new MemoryObjectStore(() -> now);
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final List<PipelineEvent> published = new java.util.ArrayList<>();
    private Arrivals arrivals = arrivals(published::addAll);

    @TempDir
    Path scratch;

    private Flight flight;

    @BeforeEach
    void deliverAnImage() throws IOException {
        flight = new Flight(store, "tarn-2026", scratch, 96).image("a.tif", Role.RGB, GEO, 96, 96, (b, e, n) -> 1);
    }

    @Test
    void anItemInTheInboxRegistersItsAcquisitionOnceHoweverOftenItIsTold() throws Exception {
        put("inbox/tarn-2026/item.json", flight.item());

        for (int i = 0; i < 100; i++) {
            assertThat(arrives("inbox/tarn-2026/item.json")).isInstanceOf(Done.class);
        }

        assertThat(Flight.only(AcquisitionRegistered.class, published))
                .extracting(AcquisitionRegistered::acquisition)
                .containsExactly("tarn-2026");
        assertThat(counted(Fate.REGISTERED)).isEqualTo(1);
        assertThat(counted(Fate.REPEATED)).isEqualTo(99);
    }

    @Test
    void anItemThatIsPutAgainIsAnotherArrivalOfTheSameAcquisition() throws Exception {
        put("inbox/tarn-2026/item.json", flight.item());
        arrives("inbox/tarn-2026/item.json");
        // servers tell whole seconds
        now = now.plusSeconds(1);

        put("inbox/tarn-2026/item.json", flight.item());
        arrives("inbox/tarn-2026/item.json");

        assertThat(Flight.only(AcquisitionRegistered.class, published))
                .hasSize(2)
                .allMatch(published.getFirst()::equals);
    }

    @Test
    void relativeHrefsCountFromTheItem() throws Exception {
        put("inbox/agency/2026/strip.tif", new byte[10]);
        put("inbox/agency/2026/tarn.json", text("""
                {"type": "Feature", "id": "tarn", "properties": {"datetime": "2026-06-21T10:00:00Z"},
                 "assets": {"a": {"href": "./strip.tif"}, "t": {"href": "../x.png", "roles": ["thumbnail"]}}}"""));

        assertThat(arrives("inbox/agency/2026/tarn.json")).isInstanceOf(Done.class);

        var item = DeliveredItem.parse(store.read(StoreLayout.item("tarn")), Deliveries.BUCKET);
        assertThat(item.assets().getFirst().key()).isEqualTo("inbox/agency/2026/strip.tif");
    }

    @ParameterizedTest
    @ValueSource(strings = {"_SUCCESS", "_DONE"})
    void aMarkerSaysThatAFolderIsComplete(String marker) throws Exception {
        put("inbox/tarn-2026/" + marker, new byte[0]);

        assertThat(arrives("inbox/tarn-2026/" + marker)).isInstanceOf(Done.class);
        arrives("inbox/tarn-2026/" + marker);

        assertThat(Flight.only(AcquisitionRegistered.class, published)).hasSize(1);
        var item = DeliveredItem.parse(store.read(StoreLayout.item("tarn-2026")), Deliveries.BUCKET);
        assertThat(item.assets().getFirst().role()).contains(Role.RGB);
    }

    @Test
    void aMarkerInAFolderWithAnItemRegistersTheItem() throws Exception {
        put("inbox/tarn-2026/item.json", flight.item());
        put("inbox/tarn-2026/_SUCCESS", new byte[0]);

        arrives("inbox/tarn-2026/_SUCCESS");
        arrives("inbox/tarn-2026/item.json");

        assertThat(Flight.only(DeadLettered.class, published)).isEmpty();
        assertThat(DeliveredItem.parse(store.read(StoreLayout.item("tarn-2026")), Deliveries.BUCKET)
                        .datetime())
                .isEqualTo(Deliveries.JUNE);
    }

    @ParameterizedTest
    @CsvSource({
        "ObjectRemoved:Delete, survol, inbox/tarn-2026/item.json, NO_CREATION",
        "s3:ObjectTagging:Put, survol, inbox/tarn-2026/item.json, NO_CREATION",
        "s3:ObjectCreated:Put, other, inbox/tarn-2026/item.json, OTHER_BUCKET",
        "s3:ObjectCreated:Put, survol, runs/x/plan.json, OTHER_PREFIX",
        "s3:ObjectCreated:Put, survol, inboxes/item.json, OTHER_PREFIX",
        "s3:ObjectCreated:Copy, survol, inbox/tarn-2026/a.tif, NO_TRIGGER",
        "s3:ObjectCreated:Put, survol, inbox/tarn-2026/a.geojson, NO_TRIGGER",
        "s3:ObjectCreated:Put, survol, inbox/tarn-2026/areas.json, NO_ITEM",
    })
    void whatIsNotOursDoesNothingAndIsCounted(String event, String bucket, String key, Fate fate) throws Exception {
        put("inbox/tarn-2026/item.json", flight.item());
        put("inbox/tarn-2026/areas.json", text("{\"type\": \"FeatureCollection\", \"features\": []}"));

        assertThat(arrivals.take("here", S3EventsTest.record(event, bucket, key)))
                .isInstanceOf(Done.class);

        assertThat(published).isEmpty();
        assertThat(counted(fate)).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "inbox/../models/item.json",
                "inbox/./item.json",
                "inbox//item.json",
                "inbox/x/..%2f..%2fitem.json",
                "inbox/_SUCCESS",
                "inbox/a%0Ab/item.json"
            })
    void aKeyThatClimbsIsRefused(String key) throws Exception {
        put("inbox/_SUCCESS", new byte[0]);

        assertThat(arrivals.take("here", S3EventsTest.record("ObjectCreated:Put", Deliveries.BUCKET, key)))
                .isInstanceOf(Done.class);

        assertThat(Flight.only(DeadLettered.class, published)).singleElement().satisfies(letter -> {
            assertThat(letter.stage()).isEqualTo("intake");
            assertThat(letter.mend()).isNotBlank();
        });
        assertThat(store.list("acquisitions/")).isEmpty();
    }

    @Test
    void whatWasAnnouncedAndIsNotThereIsTriedAgain() throws Exception {
        var outcome = arrives("inbox/late/item.json");

        assertThat(outcome).isInstanceOfSatisfying(Failed.class, failed -> {
            assertThat(failed.kind()).isEqualTo(FailureKind.TRANSIENT);
            assertThat(failed.file()).isEqualTo("inbox/late/item.json");
            assertThat(failed.mend()).isNotBlank();
        });
    }

    @Test
    void anObjectOfAnotherLengthThanAnnouncedIsTriedAgain() throws Exception {
        put("inbox/tarn-2026/item.json", flight.item());

        var outcome = arrivals.take(
                "here",
                S3EventsTest.record("ObjectCreated:Put", Deliveries.BUCKET, "inbox/tarn-2026/item.json")
                        .replace("\"object\": {", "\"object\": {\"size\": 3, "));

        assertThat(outcome).isInstanceOfSatisfying(Failed.class, failed -> assertThat(failed.reason())
                .contains("3 bytes"));
        assertThat(published).isEmpty();
    }

    @Test
    void anItemWaitsForItsImages() throws Exception {
        put("inbox/late/item.json", Deliveries.item("late", Map.of("b.tif", "RGB")));

        assertThat(arrives("inbox/late/item.json"))
                .isInstanceOfSatisfying(
                        Failed.class, failed -> assertThat(failed.file()).isEqualTo("inbox/late/b.tif"));
        put("inbox/late/b.tif", new byte[4]);
        assertThat(arrives("inbox/late/item.json")).isInstanceOf(Done.class);

        assertThat(Flight.only(AcquisitionRegistered.class, published)).hasSize(1);
    }

    @Test
    void anotherItemOfTheSameIdIsALetterThatDoesNotTouchTheFirst() throws Exception {
        put("inbox/tarn-2026/item.json", flight.item());
        arrives("inbox/tarn-2026/item.json");
        put("inbox/copy/a.tif", new byte[4]);
        put(
                "inbox/copy/item.json",
                text(new String(flight.item(), StandardCharsets.UTF_8).replace("inbox/tarn-2026/", "inbox/copy/")));

        arrives("inbox/copy/item.json");

        assertThat(Flight.only(DeadLettered.class, published)).singleElement().satisfies(letter -> {
            assertThat(letter.file()).isEqualTo("inbox/copy/item.json");
            assertThat(letter.acquisition()).isEmpty();
            assertThat(letter.reason()).contains("tarn-2026");
        });
        assertThat(Flight.only(AcquisitionRegistered.class, published)).hasSize(1);
    }

    @Test
    void aHugeItemIsRefusedUnread() throws Exception {
        put("inbox/huge/item.json", new byte[50_000_000]);

        arrives("inbox/huge/item.json");

        assertThat(Flight.only(DeadLettered.class, published))
                .singleElement()
                .satisfies(letter -> assertThat(letter.reason()).contains("50000000 bytes"));
    }

    @Test
    void whatCouldNotBeToldIsToldByTheNextDelivery() throws Exception {
        put("inbox/tarn-2026/item.json", flight.item());
        arrivals = arrivals(events -> {
            throw new EventSink.PublishException("away", null);
        });
        try {
            arrives("inbox/tarn-2026/item.json");
        } catch (EventSink.PublishException e) {
            // the queue tells it again
        }
        arrivals = arrivals(published::addAll);

        arrives("inbox/tarn-2026/item.json");

        assertThat(published).hasSize(1);
    }

    @Test
    void aRecordThatCannotBeReadIsNamedByItsPlace() throws Exception {
        assertThat(arrivals.take("survol.object-events-0@7", "{")).isInstanceOfSatisfying(Failed.class, failed -> {
            assertThat(failed.kind()).isEqualTo(FailureKind.BAD_INPUT);
            assertThat(failed.file()).isEqualTo("survol.object-events-0@7");
        });
    }

    @Test
    void aKeyThatTheServerDidNotEncodeIsFoundToo() throws Exception {
        put("inbox/a+b/a.tif", store.read("inbox/tarn-2026/a.tif"));
        put("inbox/a+b/_DONE", new byte[0]);

        arrives("inbox/a+b/_DONE");

        assertThat(Flight.only(DeadLettered.class, published)).singleElement().satisfies(letter -> assertThat(
                        letter.file())
                .as("found, inspected, and without a date")
                .isEqualTo("inbox/a+b/"));
    }

    private Arrivals arrivals(EventSink sink) {
        return new Arrivals(
                store,
                new Inbox(store, new DeliveryInspector(store, Deliveries.CONFIG), Deliveries.CONFIG),
                new Intake(store, sink, Deliveries.CONFIG),
                sink,
                Deliveries.CONFIG,
                meters);
    }

    private Outcome arrives(String key) throws IOException {
        return arrivals.take("here", S3EventsTest.record("s3:ObjectCreated:Put", Deliveries.BUCKET, key));
    }

    private double counted(Fate fate) {
        return Optional.ofNullable(meters.find("survol.ingest.arrivals")
                        .tag("fate", fate.name().toLowerCase(Locale.ROOT))
                        .counter())
                .orElseThrow()
                .count();
    }

    private void put(String key, byte[] content) {
        store.write(key, content, "application/octet-stream");
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
