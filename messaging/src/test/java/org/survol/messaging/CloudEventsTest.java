// SPDX-License-Identifier: Apache-2.0
package org.survol.messaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.survol.core.BadInputException;
import org.survol.core.Json;
import org.survol.core.event.PipelineEvent;
import org.survol.core.event.PipelineEvent.TileReady;

/**
 * The golden files in {@code golden/} are the schema of the events: a change of one is a change for every reader. They
 * are written anew with {@code -Dsurvol.golden.write=true}.
 */
class CloudEventsTest {

    private static final Path GOLDEN = Path.of("src/test/resources/golden");

    private final CloudEvents codec =
            new CloudEvents("/survol-test", InstantSource.fixed(Instant.parse("2026-01-02T03:04:05Z")));

    static Stream<PipelineEvent> events() {
        return Samples.EVENTS.stream();
    }

    @Test
    void everyKindOfEventHasASample() {
        var sampled = events().map(Object::getClass).collect(Collectors.toSet());

        assertThat(PipelineEvent.class.getPermittedSubclasses())
                .allSatisfy(kind -> assertThat(sampled).anyMatch(kind::equals));
    }

    @ParameterizedTest
    @MethodSource("events")
    void isWrittenLikeItsGoldenFile(PipelineEvent event) throws IOException {
        var file = GOLDEN.resolve(CloudEvents.type(event) + ".json");
        var written = Json.MAPPER.readTree(codec.encode(event));
        if (Boolean.getBoolean("survol.golden.write")) {
            Files.createDirectories(GOLDEN);
            Files.write(
                    file,
                    (Json.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(written) + "\n")
                            .getBytes(StandardCharsets.UTF_8));
        }

        assertThat(written).isEqualTo(Json.MAPPER.readTree(Files.readAllBytes(file)));
    }

    @ParameterizedTest
    @MethodSource("events")
    void comesBackAsItWas(PipelineEvent event) {
        assertThat(codec.decode(codec.encode(event))).isEqualTo(event);
    }

    @Test
    void theSameFactHasTheSameIdWhoeverTellsItAndHoweverLongItTook() {
        var event = (TileReady) Samples.EVENTS.get(3);
        var slower = new TileReady(
                event.run(), event.planKey(), event.tile(), event.stack(), event.validShare(), Samples.report(99_999));
        var other = new TileReady(event.run(), event.planKey(), event.tile(), event.stack(), 0.5, event.report());

        assertThat(CloudEvents.id(slower)).isEqualTo(CloudEvents.id(event));
        assertThat(CloudEvents.id(other)).isNotEqualTo(CloudEvents.id(event));
    }

    @Test
    void idsOfDifferentEventsDiffer() {
        assertThat(events().map(CloudEvents::id)).doesNotHaveDuplicates();
    }

    @Test
    void aNewerServiceMayAddFields() {
        var text = codec.encode(Samples.tile(7)).replace("\"planKey\"", "\"addedLater\":{\"x\":1},\"planKey\"");

        assertThat(codec.decode(text)).isEqualTo(Samples.tile(7));
    }

    @Test
    void whatIsNoEventIsRefusedWithItsReason() {
        var good = codec.encode(Samples.tile(7));

        refused("not json", "not a CloudEvent in JSON");
        refused("", "not a CloudEvent");
        refused("null", "specification 1.0");
        refused("[]", "not a CloudEvent in JSON");
        refused("{}", "specification 1.0");
        refused(good.replace("tile.planned.v1", "tile.painted.v1"), "org.survol.tile.painted.v1");
        refused(good.replace("\"data\"", "\"date\""), "no data");
        refused(good.replace("\"correze-2025\"", "\"../etc\""), "not an acquisition id");
    }

    @Test
    void aDeadLetterSpeaksOfWhatItsEventSpeaksOf() {
        for (var event : Samples.EVENTS) {
            assertThat(DeadLetters.About.event(event).acquisition()).isEqualTo(Optional.of("correze-2025"));
        }
        assertThat(DeadLetters.About.event(Samples.tile(3)).tile()).hasToString("Optional[3_0]");
    }

    private void refused(String text, String reason) {
        assertThatThrownBy(() -> codec.decode(text))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining(reason);
    }
}
