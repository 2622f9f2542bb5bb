// SPDX-License-Identifier: Apache-2.0
package org.survol.messaging;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.TopicExistsException;
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

/** One topic per kind of event, and how each is kept. */
public final class Topics {

    public static final String ACQUISITIONS = "survol.acquisitions";
    public static final String ACQUISITIONS_PLANNED = "survol.acquisitions.planned";
    public static final String TILES_PLANNED = "survol.tiles.planned";
    public static final String TILES_READY = "survol.tiles.ready";
    public static final String TILES_SKIPPED = "survol.tiles.skipped";
    public static final String TILES_PREDICTED = "survol.tiles.predicted";
    public static final String TILES_VECTORIZED = "survol.tiles.vectorized";
    public static final String ACQUISITIONS_SETTLED = "survol.acquisitions.settled";
    public static final String PRODUCTS = "survol.products";
    public static final String DEAD_LETTERS = "survol.dead-letters";

    /** Written by S3 servers, not by us: their notifications of objects that came or went, in their own JSON. */
    public static final String OBJECT_EVENTS = "survol.object-events";

    public static final List<String> ALL = List.of(
            ACQUISITIONS,
            ACQUISITIONS_PLANNED,
            TILES_PLANNED,
            TILES_READY,
            TILES_SKIPPED,
            TILES_PREDICTED,
            TILES_VECTORIZED,
            ACQUISITIONS_SETTLED,
            PRODUCTS,
            DEAD_LETTERS,
            OBJECT_EVENTS);

    /**
     * One, so that all workers of a share group take from the same line. Kafka's assignor deals a topic's partitions out
     * among the group's members; with several, what lies in the partitions of a busy worker waits for it though others
     * are idle, and what lies in those of a killed one waits until the group notices (45 s). Thousands of these small
     * records a second pass through one partition.
     */
    public static final int PARTITIONS = 1;

    /** Work that waits longer than this is lost: far beyond any outage, short of keeping every tile for ever. */
    private static final Duration TILE_RETENTION = Duration.ofDays(90);

    private static final String FOR_EVER = "-1";

    private Topics() {}

    public static String of(PipelineEvent event) {
        return switch (event) {
            case AcquisitionRegistered _ -> ACQUISITIONS;
            case AcquisitionPlanned _ -> ACQUISITIONS_PLANNED;
            case TilePlanned _ -> TILES_PLANNED;
            case TileReady _ -> TILES_READY;
            case TileSkipped _ -> TILES_SKIPPED;
            case TilePredicted _ -> TILES_PREDICTED;
            case TileVectorized _ -> TILES_VECTORIZED;
            case AcquisitionSettled _ -> ACQUISITIONS_SETTLED;
            case ProductAssembled _ -> PRODUCTS;
            case DeadLettered _ -> DEAD_LETTERS;
        };
    }

    /** The stage that works a topic off, as {@link DeadLettered#stage()} names it. */
    public static String stageOf(String topic) {
        return switch (topic) {
            case OBJECT_EVENTS -> "intake";
            case ACQUISITIONS -> "plan";
            case TILES_PLANNED -> "tile";
            case TILES_READY -> "infer";
            case TILES_PREDICTED -> "vectorize";
            case ACQUISITIONS_SETTLED -> "assemble";
            default -> throw new IllegalArgumentException("no stage works " + topic + " off; name the stage");
        };
    }

    /**
     * Creates the topics that are missing, with the cluster's own replication; leaves the others as they are. Any number
     * of services may do so at once.
     *
     * @throws ExecutionException when the broker refuses
     * @throws TimeoutException when the broker does not answer in time
     */
    public static void ensure(Admin admin, Duration timeout)
            throws InterruptedException, ExecutionException, TimeoutException {
        var existing = admin.listTopics().names().get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        var missing = new ArrayList<NewTopic>();
        for (var topic : ALL) {
            if (!existing.contains(topic)) {
                missing.add(new NewTopic(topic, Optional.of(PARTITIONS), Optional.empty()).configs(settings(topic)));
            }
        }
        for (var created : admin.createTopics(missing).values().values()) {
            try {
                created.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof TopicExistsException)) {
                    throw e;
                }
            }
        }
    }

    private static Map<String, String> settings(String topic) {
        boolean passing = topic.startsWith("survol.tiles.") || topic.equals(OBJECT_EVENTS);
        var retention = passing ? Long.toString(TILE_RETENTION.toMillis()) : FOR_EVER;
        return Map.of(
                TopicConfig.RETENTION_MS_CONFIG, retention,
                TopicConfig.RETENTION_BYTES_CONFIG, FOR_EVER);
    }
}
