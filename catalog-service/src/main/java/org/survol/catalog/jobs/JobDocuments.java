// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.jobs;

import static org.survol.catalog.Links.link;

import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.inject.Singleton;
import jakarta.ws.rs.core.MediaType;
import org.survol.catalog.PublicUrl;
import org.survol.catalog.store.Job;
import org.survol.core.Json;

/** Jobs as OGC API Processes shows them. */
@Singleton
final class JobDocuments {

    private static final String RESULTS = "http://www.opengis.net/def/rel/ogc/1.0/results";

    private final PublicUrl url;

    JobDocuments(PublicUrl url) {
        this.url = url;
    }

    ObjectNode status(Job job) {
        var status = Json.MAPPER.createObjectNode();
        status.put("processID", job.process())
                .put("type", "process")
                .put("jobID", job.id())
                .put("status", job.status().word());
        job.message().ifPresent(message -> status.put("message", message));
        status.put("created", job.created().toString());
        job.started().ifPresent(started -> status.put("started", started.toString()));
        job.finished().ifPresent(finished -> status.put("finished", finished.toString()));
        status.put("updated", job.updated().toString());
        boolean successful = job.status() == Job.Status.SUCCESSFUL;
        status.put("progress", successful ? 100 : job.total() == 0 ? 0 : (int) (100 * job.done() / job.total()));
        if (job.total() > 0) {
            status.put("survol:done", job.done()).put("survol:total", job.total());
        }
        var links = status.putArray("links");
        link(links, "self", url.of("ogc", "jobs", job.id()), MediaType.APPLICATION_JSON);
        if (successful) {
            link(links, RESULTS, url.of("ogc", "jobs", job.id(), "results"), MediaType.APPLICATION_JSON);
        }
        return status;
    }
}
