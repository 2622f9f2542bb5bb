// SPDX-License-Identifier: Apache-2.0
package org.survol.broker;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.Feature;
import org.apache.kafka.server.common.MetadataVersion;

/**
 * One Kafka node that is its own controller. Listens on 127.0.0.1 only, without encryption or accounts: for one
 * machine, never for a network. The folder is formatted on its first start and kept afterwards.
 */
final class Broker implements AutoCloseable {

    static final String HOST = "127.0.0.1";

    /**
     * Deliveries after which the broker drops a record silently. Must stay above the work queue's own limit
     * ({@code survol.work.max-deliveries}), which ends in a dead letter; 10 is the highest that Kafka 4.2 takes.
     */
    private static final int DELIVERY_LIMIT = 10;

    private static final int NODE = 1;
    private static final String CONTROLLER = "CONTROLLER";

    private final KafkaRaftServer server;
    private final int port;

    private Broker(KafkaRaftServer server, int port) {
        this.server = server;
        this.port = port;
    }

    /** Returns when the broker takes requests. */
    static Broker start(Path data, int port, int controllerPort) throws IOException {
        Files.createDirectories(data);
        format(data);
        var server = new KafkaRaftServer(new KafkaConfig(settings(data, port, controllerPort), false), Time.SYSTEM);
        server.startup();
        return new Broker(server, port);
    }

    String bootstrapServers() {
        return HOST + ":" + port;
    }

    @Override
    public void close() {
        server.shutdown();
        server.awaitShutdown();
    }

    private static void format(Path data) throws IOException {
        if (Files.exists(data.resolve("meta.properties"))) {
            return;
        }
        try {
            new Formatter()
                    .setPrintStream(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8))
                    .setNodeId(NODE)
                    .setClusterId(Uuid.randomUuid().toString())
                    .setSupportedFeatures(Feature.PRODUCTION_FEATURES)
                    .setReleaseVersion(MetadataVersion.LATEST_PRODUCTION)
                    .setDirectories(List.of(data.toString()))
                    .setMetadataLogDirectory(Optional.of(data.toString()))
                    .setControllerListenerName(CONTROLLER)
                    .setIgnoreFormatted(true)
                    .run();
        } catch (IOException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException("cannot format " + data + " for Kafka: " + e.getMessage(), e);
        }
    }

    private static Properties settings(Path data, int port, int controllerPort) {
        var settings = new Properties();
        settings.put("process.roles", "broker,controller");
        settings.put("node.id", Integer.toString(NODE));
        settings.put("controller.quorum.voters", NODE + "@" + HOST + ":" + controllerPort);
        settings.put("controller.listener.names", CONTROLLER);
        settings.put(
                "listeners", "BROKER://" + HOST + ":" + port + "," + CONTROLLER + "://" + HOST + ":" + controllerPort);
        settings.put("advertised.listeners", "BROKER://" + HOST + ":" + port);
        settings.put("inter.broker.listener.name", "BROKER");
        settings.put("listener.security.protocol.map", "BROKER:PLAINTEXT," + CONTROLLER + ":PLAINTEXT");
        settings.put("log.dirs", data.toString());

        // A restart after a crash waits for the session of the node that was. Not shorter than this: where inference
        // takes every core, a heartbeat may be late, and a broker that loses its session drops the locks of all work.
        settings.put("broker.session.timeout.ms", "4000");
        settings.put("broker.heartbeat.interval.ms", "400");
        settings.put("controller.quorum.election.timeout.ms", "300");
        settings.put("controller.quorum.fetch.timeout.ms", "500");
        settings.put("group.initial.rebalance.delay.ms", "0");

        // One node holds one copy of everything.
        for (var topic : List.of("offsets.topic", "transaction.state.log", "share.coordinator.state.topic")) {
            settings.put(topic + ".replication.factor", "1");
        }
        settings.put("transaction.state.log.min.isr", "1");
        settings.put("share.coordinator.state.topic.min.isr", "1");
        settings.put("offsets.topic.num.partitions", "8");
        settings.put("transaction.state.log.num.partitions", "4");
        settings.put("share.coordinator.state.topic.num.partitions", "8");

        // The services create their topics with the right partitions; a misspelt name is to fail.
        settings.put("auto.create.topics.enable", "false");
        settings.put("group.share.delivery.count.limit", Integer.toString(DELIVERY_LIMIT));
        // The lock is the choice of each group (survol.work.lock); Kafka alone would allow none below 15 s.
        settings.put("group.share.min.record.lock.duration.ms", "2000");
        settings.put("log.cleaner.dedupe.buffer.size", "4194304");
        return settings;
    }
}
