// SPDX-License-Identifier: Apache-2.0
package org.survol.standalone;

import java.io.IOException;

/** An {@link Installation} tied to this process: a signal stops it in order. */
final class LocalRun {

    private LocalRun() {}

    static Installation start(DataFolder folder, Ports ports, int tileSize) throws IOException, InterruptedException {
        return Installation.start(
                Distribution.ofThisProcess(),
                folder,
                ports,
                tileSize,
                line -> System.err.println("survol: " + line),
                LocalRun::stopOnSignal);
    }

    static String describe(Installation installation) {
        var table = new Table("PROCESS", "PID", "LISTENS ON", "LOG");
        installation.table().forEach(table::row);
        return table.toString();
    }

    private static void stopOnSignal(Installation installation) {
        Runtime.getRuntime()
                .addShutdownHook(Thread.ofPlatform()
                        .name("stop")
                        .unstarted(() -> installation.closeAloud(line -> System.err.println("survol: " + line))));
    }
}
