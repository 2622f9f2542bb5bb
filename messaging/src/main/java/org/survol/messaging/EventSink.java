// SPDX-License-Identifier: Apache-2.0
package org.survol.messaging;

import java.util.List;
import org.survol.core.event.PipelineEvent;

/** Tells the other services. Each event goes to its own topic, under its own key. */
public interface EventSink {

    /**
     * Returns when the broker has all of them, on every replica in sync. Blocks: not for an event-loop thread.
     * Thread-safe.
     *
     * @throws PublishException when the broker did not confirm at least one; others may have been written, so publish
     *     all of them again, which is harmless
     */
    void publish(List<? extends PipelineEvent> events);

    /** The broker did not confirm. Worth a retry. */
    final class PublishException extends RuntimeException {
        private static final long serialVersionUID = 1;

        public PublishException(String message, Throwable cause) {
            super(message, cause);
        }
    }
}
