// SPDX-License-Identifier: Apache-2.0
package org.survol.core;

import java.util.List;
import org.survol.core.event.PipelineEvent;

/**
 * How a stage ended. "Nothing to do" and "broken" do not look alike, and what a failure leads to is decided here once:
 * see {@link FailureKind}.
 */
public sealed interface Outcome {

    /** The result is stored; these facts are to be published, then the work acknowledged. */
    record Done(List<PipelineEvent> events) implements Outcome {
        public Done {
            events = List.copyOf(events);
        }

        public static Done with(PipelineEvent... events) {
            return new Done(List.of(events));
        }
    }

    /** There was nothing to do, which is fine: acknowledge. */
    record Skipped(String reason) implements Outcome {}

    /** @param file what could not be handled; object key or href
     *  @param mend what a person can do about it */
    record Failed(FailureKind kind, String file, String reason, String mend, Throwable cause) implements Outcome {

        public static Failed badInput(BadInputException e) {
            return new Failed(FailureKind.BAD_INPUT, e.file(), e.reason(), e.mend(), e);
        }
    }

    enum FailureKind {
        /** store 503, broker timeout: released and retried with back-off, dead letter after the delivery limit */
        TRANSIENT,
        /** unreadable raster, impossible request: dead letter at once, go on */
        BAD_INPUT,
        /** the deployment itself is wrong (no model, no bucket): readiness goes down, nothing more is taken */
        CONFIG
    }
}
