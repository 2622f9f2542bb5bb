// SPDX-License-Identifier: Apache-2.0
package org.survol.standalone;

import picocli.CommandLine.Option;

/** Where a new instance listens; every process on the loopback address only. */
final class PortOptions {

    static final String DEFAULT_BASE = "8080";

    @Option(
            names = "--port",
            paramLabel = "N",
            defaultValue = DEFAULT_BASE,
            description =
                    "Port of the catalogue and its map (default: ${DEFAULT-VALUE}); the others take the six ports "
                            + "after it, in the order of the options below. 0 takes free ports.")
    private int base;

    @Option(names = "--ingest-port", paramLabel = "N", description = "Port of the intake.")
    private int ingest;

    @Option(names = "--inference-port", paramLabel = "N", description = "Port of the inference service.")
    private int inference;

    @Option(names = "--vectorize-port", paramLabel = "N", description = "Port of the vectorize service.")
    private int vectorize;

    @Option(names = "--store-port", paramLabel = "N", description = "Port of the object store (S3).")
    private int store;

    @Option(names = "--broker-port", paramLabel = "N", description = "Port of the Kafka broker.")
    private int broker;

    @Option(names = "--controller-port", paramLabel = "N", description = "Port of the Kafka controller.")
    private int controller;

    Ports ports() {
        return Ports.of(new Ports.Wanted(base, ingest, inference, vectorize, store, broker, controller));
    }
}
