// SPDX-License-Identifier: Apache-2.0
package org.survol.broker;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedBrokerIT {

    @Test
    void keepsRecordsAndSupportsShareGroupsAfterARestart(@TempDir Path data) throws Exception {
        try (var broker = EmbeddedBroker.start(data)) {
            var common = Map.<String, Object>of("bootstrap.servers", broker.bootstrapServers());
            try (var admin = Admin.create(common);
                    var producer = new KafkaProducer<>(common, new StringSerializer(), new StringSerializer())) {
                admin.createTopics(List.of(new NewTopic("kept", 1, (short) 1)))
                        .all()
                        .get(20, TimeUnit.SECONDS);
                producer.send(new ProducerRecord<>("kept", "key", "value")).get(20, TimeUnit.SECONDS);
            }

            broker.restart();

            var kept = new TopicPartition("kept", 0);
            try (var admin = Admin.create(common)) {
                var end = admin.listOffsets(Map.of(kept, OffsetSpec.latest()))
                        .partitionResult(kept)
                        .get(20, TimeUnit.SECONDS);
                assertThat(end.offset()).isEqualTo(1);
                var features = admin.describeFeatures()
                        .featureMetadata()
                        .get(20, TimeUnit.SECONDS)
                        .finalizedFeatures();
                assertThat(features.get("share.version").maxVersionLevel()).isPositive();
            }
        }
    }
}
