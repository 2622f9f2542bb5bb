// SPDX-License-Identifier: Apache-2.0
package org.survol.inference;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A door before a real S3 server: chosen requests wait at it, or are turned away with 503; all others pass. It lets one
 * request through per connection and leaves headers as they are, so that signatures stay valid.
 */
final class StoreDoor implements AutoCloseable {

    private static final String BUSY = "<Error><Code>SlowDown</Code><Message>of the test</Message></Error>";

    private final URI server;
    private final ServerSocket listening;
    private final List<Rule> rules = new CopyOnWriteArrayList<>();

    private StoreDoor(URI server) throws IOException {
        this.server = server;
        this.listening = new ServerSocket(0, 64, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::listen);
    }

    static StoreDoor before(String endpoint) {
        try {
            return new StoreDoor(URI.create(endpoint));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String endpoint() {
        return "http://127.0.0.1:" + listening.getLocalPort();
    }

    /** What happens to the next so many requests of one kind for one object. */
    final class Rule {
        private final String request;
        private final boolean turnsAway;
        private final AtomicInteger left;
        private final CountDownLatch released = new CountDownLatch(1);
        private final List<Instant> arrivals = new CopyOnWriteArrayList<>();

        private Rule(String method, String key, boolean turnsAway, int requests) {
            this.request = method + " /[^/]+/\\Q" + key + "\\E([?] .*| .*)";
            this.turnsAway = turnsAway;
            this.left = new AtomicInteger(requests);
        }

        /** When requests came, also those it no longer concerned. */
        List<Instant> arrivals() {
            return List.copyOf(arrivals);
        }

        void release() {
            released.countDown();
        }

        private boolean concerns(String requestLine) {
            if (!requestLine.matches(request)) {
                return false;
            }
            boolean applies = left.getAndDecrement() > 0;
            arrivals.add(Instant.now());
            return applies;
        }
    }

    /** The next so many requests wait until the rule is released. */
    Rule hold(String method, String key, int requests) {
        return added(new Rule(method, key, false, requests));
    }

    /** The next so many requests are answered with 503. */
    Rule turnAway(String method, String key, int requests) {
        return added(new Rule(method, key, true, requests));
    }

    private Rule added(Rule rule) {
        rules.add(rule);
        return rule;
    }

    private void listen() {
        while (!listening.isClosed()) {
            try {
                var client = listening.accept();
                Thread.ofVirtual().start(() -> serve(client));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(Socket client) {
        try (client) {
            var head = head(client.getInputStream());
            if (head.isEmpty()) {
                return;
            }
            var requestLine = head.lines().findFirst().orElseThrow();
            for (var rule : rules) {
                if (rule.concerns(requestLine)) {
                    if (rule.turnsAway) {
                        turnAway(client);
                        return;
                    }
                    rule.released.await();
                }
            }
            pass(client, head);
        } catch (IOException e) {
            // one side went away, which is what some tests are about
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void pass(Socket client, String head) throws IOException {
        try (var upstream = new Socket(server.getHost(), server.getPort())) {
            var lastRequest = head.replaceFirst("(?i)\r\nConnection:[^\r]*", "")
                    .replaceFirst("\r\n", "\r\nConnection: close\r\n");
            upstream.getOutputStream().write(lastRequest.getBytes(StandardCharsets.ISO_8859_1));
            Thread.ofVirtual().start(() -> {
                try {
                    client.getInputStream().transferTo(upstream.getOutputStream());
                } catch (IOException e) {
                    // the answer is through, or the client is gone
                }
            });
            upstream.getInputStream().transferTo(client.getOutputStream());
        }
    }

    private static void turnAway(Socket client) throws IOException {
        var answer = "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Type: application/xml\r\n"
                + "Content-Length: " + BUSY.length() + "\r\n\r\n" + BUSY;
        client.getOutputStream().write(answer.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Request line and headers with the empty line; empty when the client closed instead. */
    private static String head(InputStream in) throws IOException {
        var head = new ByteArrayOutputStream();
        int matched = 0;
        while (matched < 4) {
            int next = in.read();
            if (next < 0) {
                return "";
            }
            head.write(next);
            if (next == (matched % 2 == 0 ? '\r' : '\n')) {
                matched++;
            } else {
                matched = next == '\r' ? 1 : 0;
            }
        }
        return head.toString(StandardCharsets.ISO_8859_1);
    }

    @Override
    public void close() {
        rules.forEach(Rule::release);
        try {
            listening.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
