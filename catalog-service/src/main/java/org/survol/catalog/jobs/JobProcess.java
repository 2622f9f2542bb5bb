// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.jobs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import org.survol.catalog.store.Job;

/** Something that clients can have done, by OGC API Processes. */
interface JobProcess {

    String id();

    String title();

    String description();

    /**
     * One thing that it wants to know.
     *
     * @param schema JSON schema of its value
     */
    record Input(String name, String title, boolean required, ObjectNode schema) {}

    List<Input> inputs();

    /** JSON schema of what comes out, by name. */
    ObjectNode outputs();

    /**
     * An order that can be carried out.
     *
     * @param id of the job: the same for all orders that would have the same result
     * @param inputs as they were understood
     */
    record Prepared(String id, String inputs) {}

    /** @throws org.survol.catalog.Problem when that cannot be done, with the reason */
    Prepared prepare(ObjectNode inputs) throws IOException;

    /** Where a job says how far it is. */
    interface Progress {
        /** @throws Stopped when nobody wants the job any more */
        void at(long done, long total);
    }

    /** The job was dismissed, or the service ends. */
    final class Stopped extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    /**
     * Does it; may be called again for a job that was not brought to its end.
     *
     * @return what {@link #results} will need
     * @throws IOException when something does not answer; worth a retry
     */
    ObjectNode run(Job job, Progress progress) throws IOException;

    /** Outputs by name, of a successful job.
     *  @throws org.survol.catalog.Problem when they are no longer there */
    ObjectNode results(Job job, JsonNode result) throws IOException;

    /** Takes away what the job has made. */
    void discard(Job job) throws IOException;
}
