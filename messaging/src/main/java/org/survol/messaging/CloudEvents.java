// SPDX-License-Identifier: Apache-2.0
package org.survol.messaging;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Objects;
import org.survol.core.BadInputException;
import org.survol.core.Digest;
import org.survol.core.Json;
import org.survol.core.event.PipelineEvent;
import org.survol.core.event.PipelineEvent.AcquisitionPlanned;
import org.survol.core.event.PipelineEvent.AcquisitionRegistered;
import org.survol.core.event.PipelineEvent.AcquisitionSettled;
import org.survol.core.event.PipelineEvent.DeadLettered;
import org.survol.core.event.PipelineEvent.ProductAssembled;
import org.survol.core.event.PipelineEvent.TilePlanned;
import org.survol.core.event.PipelineEvent.TilePredicted;
import org.survol.core.event.PipelineEvent.TileReady;
import org.survol.core.event.PipelineEvent.TileSkipped;
import org.survol.core.event.PipelineEvent.TileVectorized;

/**
 * Events as CloudEvents 1.0 in structured JSON.
 *
 * <p>The id digests the type and the content without the stage report: the same fact told twice, by whichever process
 * and however long it took, has the same id. {@code time} is when it was told and differs. Thread-safe.
 */
public final class CloudEvents {

    /** Of the Kafka header {@code content-type}. */
    public static final String CONTENT_TYPE = "application/cloudevents+json; charset=UTF-8";

    private static final String SPEC_VERSION = "1.0";
    private static final String TYPE_PREFIX = "org.survol.";

    /** Measurements, not facts: they differ each time the work is done. */
    private static final String REPORT = "report";

    /** Equal events are equal bytes only when maps have an order too. */
    private static final ObjectMapper MAPPER =
            Json.MAPPER.copy().configure(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS, true);

    private final String source;
    private final InstantSource clock;

    /** @param source a URI reference for who tells, for example {@code /survol-ingest} */
    public CloudEvents(String source, InstantSource clock) {
        this.source = Objects.requireNonNull(source, "source");
        this.clock = Objects.requireNonNull(clock, "clock");
    }

    public CloudEvents(String source) {
        this(source, InstantSource.system());
    }

    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record Envelope(
            String specversion,
            String id,
            String source,
            String type,
            String subject,
            Instant time,
            String datacontenttype,
            JsonNode data) {}

    public String encode(PipelineEvent event) {
        try {
            return MAPPER.writeValueAsString(new Envelope(
                    SPEC_VERSION,
                    id(event),
                    source,
                    type(event),
                    event.key(),
                    clock.instant(),
                    "application/json",
                    MAPPER.valueToTree(event)));
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * @param json may be null, as the value of a Kafka record may be
     * @throws BadInputException when the text is not an event that this version knows
     */
    public PipelineEvent decode(String json) {
        if (json == null) {
            throw refused("it is empty", null);
        }
        Envelope envelope;
        try {
            envelope = MAPPER.readValue(json, Envelope.class);
        } catch (JsonProcessingException e) {
            throw refused("it is not a CloudEvent in JSON", e);
        }
        if (envelope == null || !SPEC_VERSION.equals(envelope.specversion())) {
            throw refused("it is not a CloudEvent of specification 1.0", null);
        }
        if (envelope.type() == null || envelope.data() == null) {
            throw refused("it has no " + (envelope.type() == null ? "type" : "data"), null);
        }
        try {
            return MAPPER.treeToValue(envelope.data(), eventClass(envelope.type()));
        } catch (JsonProcessingException | IllegalArgumentException e) {
            throw refused("its data is no " + envelope.type() + ": " + firstLine(e), e);
        }
    }

    /** The same for equal facts. */
    public static String id(PipelineEvent event) {
        ObjectNode content = MAPPER.valueToTree(event);
        content.remove(REPORT);
        return Digest.ofParts(type(event), content);
    }

    /** For example {@code org.survol.tile.ready.v1}. */
    public static String type(PipelineEvent event) {
        return TYPE_PREFIX
                + switch (event) {
                    case AcquisitionRegistered _ -> "acquisition.registered.v1";
                    case AcquisitionPlanned _ -> "acquisition.planned.v1";
                    case TilePlanned _ -> "tile.planned.v1";
                    case TileReady _ -> "tile.ready.v1";
                    case TileSkipped _ -> "tile.skipped.v1";
                    case TilePredicted _ -> "tile.predicted.v1";
                    case TileVectorized _ -> "tile.vectorized.v1";
                    case AcquisitionSettled _ -> "acquisition.settled.v1";
                    case ProductAssembled _ -> "product.assembled.v1";
                    case DeadLettered _ -> "work.dead-lettered.v1";
                };
    }

    private static Class<? extends PipelineEvent> eventClass(String type) {
        var name = type.startsWith(TYPE_PREFIX) ? type.substring(TYPE_PREFIX.length()) : "";
        return switch (name) {
            case "acquisition.registered.v1" -> AcquisitionRegistered.class;
            case "acquisition.planned.v1" -> AcquisitionPlanned.class;
            case "tile.planned.v1" -> TilePlanned.class;
            case "tile.ready.v1" -> TileReady.class;
            case "tile.skipped.v1" -> TileSkipped.class;
            case "tile.predicted.v1" -> TilePredicted.class;
            case "tile.vectorized.v1" -> TileVectorized.class;
            case "acquisition.settled.v1" -> AcquisitionSettled.class;
            case "product.assembled.v1" -> ProductAssembled.class;
            case "work.dead-lettered.v1" -> DeadLettered.class;
            default -> throw refused("its type " + type + " is not known to this version", null);
        };
    }

    private static String firstLine(Exception e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }

    private static BadInputException refused(String reason, Exception cause) {
        return new BadInputException(
                "event", reason, "Update the service that reads it, or correct the program that wrote it", cause);
    }
}
