// SPDX-License-Identifier: Apache-2.0
package org.survol.broker;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;

/**
 * A real broker inside a test's own JVM, on free ports; the same one that {@link BrokerMain} runs. Its folder is
 * temporary and goes with it, unless the test brought one.
 */
public final class EmbeddedBroker implements AutoCloseable {

    private final Path data;
    private final boolean ownsData;
    private final FreePorts ports;
    private Broker broker;

    private EmbeddedBroker(Path data, boolean ownsData) {
        this.data = data;
        this.ownsData = ownsData;
        this.ports = FreePorts.find();
    }

    /** Starts with an empty temporary folder. */
    public static EmbeddedBroker start() {
        try {
            return started(new EmbeddedBroker(Files.createTempDirectory("survol-broker"), true));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts on a folder that stays when the broker is closed. */
    public static EmbeddedBroker start(Path data) {
        return started(new EmbeddedBroker(data, false));
    }

    public String bootstrapServers() {
        return broker.bootstrapServers();
    }

    /** Goes down and comes back with the same ports and records. */
    public void restart() {
        stop();
        resume();
    }

    /** Goes down; {@link #resume()} brings it back. */
    public void stop() {
        broker.close();
    }

    public void resume() {
        try {
            broker = Broker.start(data, ports.broker(), ports.controller());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        broker.close();
        if (ownsData) {
            delete(data);
        }
    }

    private static EmbeddedBroker started(EmbeddedBroker broker) {
        broker.resume();
        return broker;
    }

    private static void delete(Path folder) {
        try (var paths = Files.walk(folder)) {
            for (var path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
