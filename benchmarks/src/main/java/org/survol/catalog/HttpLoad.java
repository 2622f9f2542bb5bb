// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;

/**
 * Clients that ask a server on this machine one request after the other, each over one connection that stays open, as fast
 * as they are answered. Plain sockets, so that asking costs little of what answering needs.
 *
 * <p>Prints one row: name, clients, requests a second, p50, p99 and longest in milliseconds, kilobytes an answer. Any answer
 * but 200 and 204 ends the run.
 */
public final class HttpLoad {

    private static final int WARM_UP_SECONDS = 8;

    private record Request(byte[] bytes, String shown) {}

    private record Answered(long[] nanos, long bytes) {}

    private HttpLoad() {}

    /**
     * Arguments: name of the row; port; a file with a request a line, METHOD, path, body and encoding that is taken
     * separated by tabs; clients; seconds, or 0: every request once, without warming up.
     */
    public static void main(String[] arguments) throws Exception {
        int port = Integer.parseInt(arguments[1]);
        var requests = Files.readAllLines(Path.of(arguments[2])).stream()
                .map(line -> request(line, port))
                .toList();
        int clients = Integer.parseInt(arguments[3]);
        int seconds = Integer.parseInt(arguments[4]);
        if (seconds > 0) {
            // until the server's code is compiled
            ask(port, requests, clients, WARM_UP_SECONDS);
        }
        long begin = System.nanoTime();
        var answered = ask(port, requests, clients, seconds);
        double took = (System.nanoTime() - begin) / 1e9;
        var nanos = answered.nanos();
        System.out.printf(
                Locale.ROOT,
                "| %s | %d | %.0f | %.1f | %.1f | %.1f | %.1f |%n",
                arguments[0],
                clients,
                nanos.length / took,
                nanos[nanos.length / 2] / 1e6,
                nanos[(int) (nanos.length * 0.99)] / 1e6,
                nanos[nanos.length - 1] / 1e6,
                answered.bytes() / 1e3 / nanos.length);
    }

    private static Request request(String line, int port) {
        var parts = line.split("\t", -1);
        var body = parts.length > 2 ? parts[2].getBytes(StandardCharsets.UTF_8) : new byte[0];
        var head = parts[0] + " " + parts[1] + " HTTP/1.1\r\nHost: 127.0.0.1:" + port + "\r\n"
                + (body.length > 0 ? "Content-Type: application/json\r\nContent-Length: " + body.length + "\r\n" : "")
                + "\r\n";
        var bytes = Arrays.copyOf(head.getBytes(StandardCharsets.UTF_8), head.length() + body.length);
        System.arraycopy(body, 0, bytes, head.length(), body.length);
        return new Request(bytes, line);
    }

    private static Answered ask(int port, List<Request> requests, int clients, int seconds) throws Exception {
        long end = System.nanoTime() + seconds * 1_000_000_000L;
        try (var pool = Executors.newFixedThreadPool(clients)) {
            var work = new java.util.ArrayList<Callable<Answered>>();
            for (int client = 0; client < clients; client++) {
                int first = client;
                work.add(() -> {
                    try (var connection = new Connection(port)) {
                        var nanos = new long[1 << 12];
                        int count = 0;
                        long bytes = 0;
                        // each client its own requests, in an order of its own
                        for (int i = first;
                                seconds == 0 ? i < requests.size() : System.nanoTime() < end;
                                i += clients) {
                            long begin = System.nanoTime();
                            bytes += connection.ask(requests.get(i % requests.size()));
                            nanos = count == nanos.length ? Arrays.copyOf(nanos, 2 * count) : nanos;
                            nanos[count++] = System.nanoTime() - begin;
                        }
                        return new Answered(Arrays.copyOf(nanos, count), bytes);
                    }
                });
            }
            long bytes = 0;
            var all = new long[0];
            for (var done : pool.invokeAll(work)) {
                var some = done.get();
                bytes += some.bytes();
                all = Arrays.copyOf(all, all.length + some.nanos().length);
                System.arraycopy(some.nanos(), 0, all, all.length - some.nanos().length, some.nanos().length);
            }
            Arrays.sort(all);
            return new Answered(all, bytes);
        }
    }

    /** Of HTTP as much as servers answer with. */
    private static final class Connection implements AutoCloseable {

        private final Socket socket;
        private final InputStream in;
        private final byte[] buffer = new byte[1 << 16];

        Connection(int port) throws IOException {
            socket = new Socket(InetAddress.getLoopbackAddress(), port);
            socket.setTcpNoDelay(true);
            in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
        }

        /** @return length of the answer's body */
        long ask(Request request) throws IOException {
            socket.getOutputStream().write(request.bytes());
            var status = line();
            long length = 0;
            boolean chunked = false;
            for (var header = line(); !header.isEmpty(); header = line()) {
                var lower = header.toLowerCase(Locale.ROOT);
                if (lower.startsWith("content-length:")) {
                    length = Long.parseLong(
                            lower.substring("content-length:".length()).strip());
                } else if (lower.startsWith("transfer-encoding:") && lower.contains("chunked")) {
                    chunked = true;
                }
            }
            if (chunked) {
                length = 0;
                for (int size = chunk(); size > 0; size = chunk()) {
                    skip(size);
                    length += size;
                    line();
                }
                line();
            } else {
                skip(length);
            }
            if (!status.startsWith("HTTP/1.1 200") && !status.startsWith("HTTP/1.1 204")) {
                throw new IOException(status + " to " + request.shown());
            }
            return length;
        }

        private int chunk() throws IOException {
            return Integer.parseInt(line().split(";", 2)[0].strip(), 16);
        }

        private void skip(long bytes) throws IOException {
            for (long left = bytes; left > 0; ) {
                int read = in.read(buffer, 0, (int) Math.min(left, buffer.length));
                if (read < 0) {
                    throw new EOFException("the answer ended early");
                }
                left -= read;
            }
        }

        private String line() throws IOException {
            var line = new StringBuilder();
            for (int next = in.read(); next != '\n'; next = in.read()) {
                if (next < 0) {
                    throw new EOFException("the server closed the connection");
                }
                if (next != '\r') {
                    line.append((char) next);
                }
            }
            return line.toString();
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
