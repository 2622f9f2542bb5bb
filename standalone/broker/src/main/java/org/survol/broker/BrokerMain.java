// SPDX-License-Identifier: Apache-2.0
package org.survol.broker;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** Runs the broker as a process until it is told to stop; prints one line when it is ready. */
public final class BrokerMain {

    private static final String USAGE = "usage: BrokerMain --data DIR --port N [--controller-port N]";

    /** What was asked for on the command line. */
    record Options(Path data, int port, int controllerPort) {

        /** @throws IllegalArgumentException naming the option that is wrong or missing */
        static Options parse(List<String> args) {
            Path data = null;
            int port = 0;
            int controllerPort = 0;
            var rest = new ArrayList<>(args);
            while (!rest.isEmpty()) {
                var option = rest.removeFirst();
                if (rest.isEmpty()) {
                    throw new IllegalArgumentException(option + " needs a value");
                }
                var value = rest.removeFirst();
                switch (option) {
                    case "--data" -> data = Path.of(value);
                    case "--port" -> port = port(option, value);
                    case "--controller-port" -> controllerPort = port(option, value);
                    default -> throw new IllegalArgumentException("unknown option " + option);
                }
            }
            if (data == null || port == 0) {
                throw new IllegalArgumentException(data == null ? "--data is missing" : "--port is missing");
            }
            return new Options(data.toAbsolutePath(), port, controllerPort);
        }

        private static int port(String option, String value) {
            try {
                int port = Integer.parseInt(value);
                if (port > 0 && port <= 65_535) {
                    return port;
                }
            } catch (NumberFormatException e) {
                // said below
            }
            throw new IllegalArgumentException(option + " must be 1 to 65535: " + value);
        }
    }

    private BrokerMain() {}

    public static void main(String[] args) throws Exception {
        Options options;
        try {
            options = Options.parse(List.of(args));
            refuseTaken(options.port());
            if (options.controllerPort() != 0) {
                refuseTaken(options.controllerPort());
            }
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage() + "\n" + USAGE);
            System.exit(2);
            return;
        }
        int controllerPort = options.controllerPort() == 0 ? FreePorts.find().controller() : options.controllerPort();
        var stopped = new CountDownLatch(1);
        Broker broker;
        try {
            broker = Broker.start(options.data(), options.port(), controllerPort);
        } catch (IOException | RuntimeException e) {
            // some of Kafka's threads run by now and would keep a broken process alive
            e.printStackTrace();
            System.err.println("the broker did not start: " + e.getMessage());
            System.exit(1);
            return;
        }
        Runtime.getRuntime()
                .addShutdownHook(Thread.ofPlatform().name("stop-broker").unstarted(() -> {
                    broker.close();
                    stopped.countDown();
                }));
        System.out.println("broker ready on " + broker.bootstrapServers() + ", data in " + options.data());
        stopped.await();
    }

    /** Kafka's own answer to a taken port is a stack trace from another thread. */
    private static void refuseTaken(int port) throws IOException {
        try (var probe = new ServerSocket()) {
            probe.setReuseAddress(true);
            probe.bind(new InetSocketAddress(InetAddress.getByName(Broker.HOST), port));
        } catch (BindException e) {
            throw new IllegalArgumentException("port " + port + " is taken");
        }
    }
}
