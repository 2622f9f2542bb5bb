// SPDX-License-Identifier: Apache-2.0
package org.survol.standalone;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * How to start one process and how to see that it is ready.
 *
 * @param name short name, also of its log and pid file
 * @param jvmArguments everything behind {@code java}: options, class path or jar, arguments
 * @param environment added to the launcher's own; secrets go here, arguments can be read by every user of the machine
 * @param port where it listens
 */
record ProcessSpec(
        String name,
        List<String> jvmArguments,
        Map<String, String> environment,
        Path workingFolder,
        int port,
        Readiness readiness) {

    /** What counts as ready. */
    enum Readiness {
        /** the port accepts a connection */
        PORT,
        /** {@code GET /q/health/ready} answers 200 */
        HEALTH
    }

    ProcessSpec {
        jvmArguments = List.copyOf(jvmArguments);
        environment = Map.copyOf(environment);
    }
}
