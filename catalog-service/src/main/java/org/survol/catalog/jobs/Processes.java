// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.jobs;

import jakarta.inject.Singleton;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.survol.catalog.Parameters;
import org.survol.catalog.Problem;

/** All that clients can have done. */
@Singleton
final class Processes {

    private final List<JobProcess> all;

    Processes(ExportProcess export, ReplayProcess replay, RerunProcess rerun) {
        all = List.of(export, replay, rerun);
    }

    List<JobProcess> all() {
        return all;
    }

    Optional<JobProcess> find(String id) {
        return all.stream().filter(process -> process.id().equals(id)).findFirst();
    }

    JobProcess named(String id) {
        return find(id).orElseThrow(() -> Problem.notFound("there is no process \"" + Parameters.shown(id)
                + "\"; there are " + all.stream().map(JobProcess::id).collect(Collectors.joining(", "))));
    }
}
