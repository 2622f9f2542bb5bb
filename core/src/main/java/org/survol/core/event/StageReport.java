// SPDX-License-Identifier: Apache-2.0
package org.survol.core.event;

import java.util.Map;

/**
 * What a stage spent on one unit of work; for progress and throughput, never for identity.
 *
 * @param pixels pixels of result (halo, margins and bands not counted)
 * @param wallMillis from taking the work to having stored the result
 * @param shares milliseconds by kind of work, for example {@code decode}, {@code compute}, {@code encode}, {@code upload}
 * @param device what computed it, for example {@code cpu} or {@code cuda:0}
 */
public record StageReport(long pixels, long wallMillis, Map<String, Long> shares, String device) {
    public StageReport {
        shares = Map.copyOf(shares);
    }
}
