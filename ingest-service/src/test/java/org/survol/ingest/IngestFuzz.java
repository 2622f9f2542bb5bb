// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import org.survol.core.BadInputException;

/** Entry points for coverage-guided fuzzing of what strangers send to ingest, run by {@code FuzzRun}. */
public final class IngestFuzz {

    private IngestFuzz() {}

    public static final class Item {
        private Item() {}

        public static void fuzzerTestOneInput(byte[] data) {
            try {
                DeliveredItem.parse(data, Deliveries.BUCKET);
            } catch (BadInputException e) {
                if (e.reason().isBlank() || e.mend().isBlank()) {
                    throw new AssertionError("a refusal without words", e);
                }
            }
        }
    }

    public static final class S3Event {
        private S3Event() {}

        public static void fuzzerTestOneInput(byte[] data) {
            try {
                S3Events.parse(data);
            } catch (BadInputException e) {
                if (e.reason().isBlank() || e.mend().isBlank()) {
                    throw new AssertionError("a refusal without words", e);
                }
            }
        }
    }
}
