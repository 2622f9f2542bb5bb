// SPDX-License-Identifier: Apache-2.0
package org.survol.standalone;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;

/** Where the processes of an instance listen, all on the loopback address. */
record Ports(int catalog, int ingest, int inference, int vectorize, int store, int broker, int controller) {

    private static final int HIGHEST = 65_535;

    /** What the command line said; 0 means "not said". A base of 0 asks for free ports. */
    record Wanted(int base, int ingest, int inference, int vectorize, int store, int broker, int controller) {}

    static Ports of(Wanted wanted) {
        if (wanted.base() == 0) {
            return anyFree();
        }
        if (wanted.base() < 1 || wanted.base() + 6 > HIGHEST) {
            throw new CommandFailed("--port must be between 1 and " + (HIGHEST - 6) + ", or 0 for free ports.");
        }
        return new Ports(
                wanted.base(),
                orElse(wanted.ingest(), wanted.base() + 1),
                orElse(wanted.inference(), wanted.base() + 2),
                orElse(wanted.vectorize(), wanted.base() + 3),
                orElse(wanted.store(), wanted.base() + 4),
                orElse(wanted.broker(), wanted.base() + 5),
                orElse(wanted.controller(), wanted.base() + 6));
    }

    /** Port by the option that sets it. */
    Map<String, Integer> byOption() {
        var ports = new LinkedHashMap<String, Integer>();
        ports.put("--port", catalog);
        ports.put("--ingest-port", ingest);
        ports.put("--inference-port", inference);
        ports.put("--vectorize-port", vectorize);
        ports.put("--store-port", store);
        ports.put("--broker-port", broker);
        ports.put("--controller-port", controller);
        return ports;
    }

    /** Fails naming every taken or doubled port and the option that changes it. */
    void demandFree() {
        var complaints = new ArrayList<String>();
        var options = new LinkedHashMap<Integer, String>();
        byOption().forEach((option, port) -> {
            var other = options.putIfAbsent(port, option);
            if (other != null) {
                complaints.add("port " + port + " is wanted by both " + other + " and " + option + "; change one");
            } else if (port < 1 || port > HIGHEST) {
                complaints.add("port " + port + " (" + option + ") is not between 1 and " + HIGHEST);
            } else if (!isFree(port)) {
                complaints.add("port " + port + " is taken; choose another with " + option
                        + (option.equals("--port") ? " (the others follow it)" : ""));
            }
        });
        if (!complaints.isEmpty()) {
            throw new CommandFailed(String.join("\nsurvol: ", complaints) + ".");
        }
    }

    static InetAddress loopback() {
        return InetAddress.ofLiteral("127.0.0.1");
    }

    private static boolean isFree(int port) {
        try (var socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(loopback(), port));
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static Ports anyFree() {
        var sockets = new ArrayList<ServerSocket>();
        try {
            for (int i = 0; i < 7; i++) {
                sockets.add(new ServerSocket(0, 1, loopback()));
            }
            var free = sockets.stream().mapToInt(ServerSocket::getLocalPort).toArray();
            return new Ports(free[0], free[1], free[2], free[3], free[4], free[5], free[6]);
        } catch (IOException e) {
            throw new CommandFailed("no free ports: " + e.getMessage(), e);
        } finally {
            for (var socket : sockets) {
                try {
                    socket.close();
                } catch (IOException e) {
                    // it was only a reservation
                }
            }
        }
    }

    private static int orElse(int said, int otherwise) {
        return said == 0 ? otherwise : said;
    }
}
