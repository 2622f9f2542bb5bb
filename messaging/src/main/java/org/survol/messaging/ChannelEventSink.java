// SPDX-License-Identifier: Apache-2.0
package org.survol.messaging;

import io.smallrye.mutiny.Uni;
import io.smallrye.reactive.messaging.MutinyEmitter;
import io.smallrye.reactive.messaging.kafka.api.OutgoingKafkaRecordMetadata;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.eclipse.microprofile.reactive.messaging.Channel;
import org.eclipse.microprofile.reactive.messaging.Message;
import org.eclipse.microprofile.reactive.messaging.Metadata;
import org.eclipse.microprofile.reactive.messaging.OnOverflow;
import org.survol.core.event.PipelineEvent;

/** {@link EventSink} over the channel {@code events-out}, whose settings stand in this jar's configuration. */
@ApplicationScoped
class ChannelEventSink implements EventSink {

    /** Above the channel's {@code delivery.timeout.ms}, so that the broker's own reason is the one reported. */
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private final MutinyEmitter<String> channel;
    private final CloudEvents codec;

    ChannelEventSink(
            // publishers wait for their own events, so what waits here is bounded by them
            @Channel("events-out") @OnOverflow(OnOverflow.Strategy.UNBOUNDED_BUFFER) MutinyEmitter<String> channel,
            CloudEvents codec) {
        this.channel = channel;
        this.codec = codec;
    }

    @Override
    public void publish(List<? extends PipelineEvent> events) {
        if (events.isEmpty()) {
            return;
        }
        var sent = new ArrayList<Uni<Void>>(events.size());
        for (var event : events) {
            sent.add(channel.sendMessage(message(event)));
        }
        try {
            Uni.join().all(sent).andCollectFailures().await().atMost(PATIENCE);
        } catch (RuntimeException e) {
            throw new PublishException(
                    "the broker did not confirm " + events.size() + " event(s), first "
                            + events.getFirst().getClass().getSimpleName() + " of "
                            + events.getFirst().key() + ": " + e.getMessage(),
                    e);
        }
    }

    private Message<String> message(PipelineEvent event) {
        var headers =
                new RecordHeaders().add("content-type", CloudEvents.CONTENT_TYPE.getBytes(StandardCharsets.UTF_8));
        var route = OutgoingKafkaRecordMetadata.<String>builder()
                .withTopic(Topics.of(event))
                .withKey(event.key())
                .withHeaders(headers)
                .build();
        return Message.of(codec.encode(event), Metadata.of(route));
    }
}
