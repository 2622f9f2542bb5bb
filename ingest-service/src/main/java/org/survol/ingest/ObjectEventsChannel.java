// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.smallrye.mutiny.TimeoutException;
import io.smallrye.reactive.messaging.MutinyEmitter;
import io.smallrye.reactive.messaging.kafka.api.OutgoingKafkaRecordMetadata;
import jakarta.enterprise.context.ApplicationScoped;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.eclipse.microprofile.reactive.messaging.Channel;
import org.eclipse.microprofile.reactive.messaging.Message;
import org.eclipse.microprofile.reactive.messaging.Metadata;
import org.eclipse.microprofile.reactive.messaging.OnOverflow;
import org.survol.core.Json;
import org.survol.core.store.ObjectStore;
import org.survol.messaging.EventSink.PublishException;

/**
 * Puts notifications that did not come through Kafka where those lie that did: one queue, with its retries and dead
 * letters, works all of them off.
 */
@ApplicationScoped
class ObjectEventsChannel {

    /** A webhook's caller waits for it; MinIO gives up after some seconds. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final MutinyEmitter<String> channel;
    private final TriggerConfig config;
    private final IngestConfig ingest;

    ObjectEventsChannel(
            @Channel("object-events-out") @OnOverflow(OnOverflow.Strategy.UNBOUNDED_BUFFER)
                    MutinyEmitter<String> channel,
            TriggerConfig config,
            IngestConfig ingest) {
        this.channel = channel;
        this.config = config;
        this.ingest = ingest;
    }

    /**
     * Returns when the broker has it.
     *
     * @throws PublishException when it did not confirm; send again
     */
    void put(String notification) {
        var route = OutgoingKafkaRecordMetadata.<String>builder()
                .withTopic(config.topic())
                .build();
        try {
            channel.sendMessage(Message.of(notification, Metadata.of(route)))
                    .await()
                    .atMost(PATIENCE);
        } catch (TimeoutException e) {
            throw new PublishException("the broker did not confirm a notification within " + PATIENCE, e);
        } catch (RuntimeException e) {
            throw new PublishException("the broker did not take a notification: " + e.getMessage(), e);
        }
    }

    /** What an S3 server would have sent about this object. */
    void put(ObjectStore.Stat object) {
        var record = Json.MAPPER.createObjectNode().put("eventName", "ObjectCreated:Put");
        ObjectNode s3 = record.putObject("s3");
        s3.putObject("bucket").put("name", ingest.bucket());
        s3.putObject("object")
                .put("key", URLEncoder.encode(object.key(), StandardCharsets.UTF_8))
                .put("size", object.bytes())
                .put("eTag", object.etag());
        put(Json.text(Json.MAPPER.createObjectNode().set("Records", Json.MAPPER.valueToTree(List.of(record)))));
    }
}
