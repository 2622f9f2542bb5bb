// SPDX-License-Identifier: Apache-2.0
package org.survol.messaging;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.ListShareGroupOffsetsSpec;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.SharePartitionOffsetInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.GroupIdNotFoundException;

/** What only an administrator's connection can do with a share group: configure it and measure its backlog. */
final class ShareGroups {

    private final Admin admin;
    private final Duration timeout;

    ShareGroups(Admin admin, Duration timeout) {
        this.admin = admin;
        this.timeout = timeout;
    }

    /**
     * Makes the group start with the oldest record (the default is to miss all that came before its first member) and
     * sets its lock. To be called before the first member joins.
     */
    void configure(String group, Duration lock) throws InterruptedException, ExecutionException, TimeoutException {
        var changes = List.of(
                set("share.auto.offset.reset", "earliest"),
                set("share.record.lock.duration.ms", Long.toString(lock.toMillis())));
        admin.incrementalAlterConfigs(Map.of(new ConfigResource(ConfigResource.Type.GROUP, group), changes))
                .all()
                .get(timeout.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Records that wait or are being worked on. */
    long backlog(String group, String topic) throws InterruptedException, ExecutionException, TimeoutException {
        var known = offsets(group);
        var partitions = admin
                .describeTopics(List.of(topic))
                .topicNameValues()
                .get(topic)
                .get(timeout.toMillis(), TimeUnit.MILLISECONDS)
                .partitions()
                .stream()
                .map(info -> new TopicPartition(topic, info.partition()))
                .toList();
        long backlog = 0;
        var unknown = new ArrayList<TopicPartition>();
        for (var partition : partitions) {
            var info = known.get(partition);
            if (info == null || info.lag().isEmpty()) {
                unknown.add(partition);
            } else {
                backlog += info.lag().get();
            }
        }
        return backlog + recordsIn(unknown);
    }

    /** Of a group that nobody joined yet the broker knows nothing. */
    private Map<TopicPartition, SharePartitionOffsetInfo> offsets(String group)
            throws InterruptedException, ExecutionException, TimeoutException {
        try {
            return admin.listShareGroupOffsets(Map.of(group, new ListShareGroupOffsetsSpec()))
                    .partitionsToOffsetInfo(group)
                    .get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof GroupIdNotFoundException) {
                return Map.of();
            }
            throw e;
        }
    }

    /** Where nothing has been acknowledged yet (the broker tells no lag then) everything is still to be done. */
    private long recordsIn(List<TopicPartition> partitions)
            throws InterruptedException, ExecutionException, TimeoutException {
        if (partitions.isEmpty()) {
            return 0;
        }
        var ends = offsets(partitions, OffsetSpec.latest());
        var starts = offsets(partitions, OffsetSpec.earliest());
        return partitions.stream()
                .mapToLong(p -> ends.get(p).offset() - starts.get(p).offset())
                .sum();
    }

    private Map<TopicPartition, ListOffsetsResultInfo> offsets(List<TopicPartition> partitions, OffsetSpec which)
            throws InterruptedException, ExecutionException, TimeoutException {
        return admin.listOffsets(partitions.stream().collect(Collectors.toMap(Function.identity(), _ -> which)))
                .all()
                .get(timeout.toMillis(), TimeUnit.MILLISECONDS);
    }

    private static AlterConfigOp set(String key, String value) {
        return new AlterConfigOp(new ConfigEntry(key, value), AlterConfigOp.OpType.SET);
    }
}
