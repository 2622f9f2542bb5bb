// SPDX-License-Identifier: Apache-2.0
package org.survol.core.event;

import java.text.Normalizer;

/** Ids of acquisitions that nobody named: made from the name of what was delivered. */
public final class AcquisitionId {

    private static final int LONGEST = 100;

    private AcquisitionId() {}

    /**
     * Letters, digits, dots, dashes and underscores; accents are dropped, everything else becomes a dash. What comes out
     * stays as it is when it comes in again.
     */
    public static String of(String name) {
        var plain = trimmed(Normalizer.normalize(name, Normalizer.Form.NFD)
                .replaceAll("\\p{M}+", "")
                .replaceAll("[^A-Za-z0-9._-]+", "-")
                .replaceAll("\\.{2,}", "."));
        if (plain.isEmpty()) {
            return "acquisition";
        }
        return plain.length() > LONGEST ? trimmed(plain.substring(0, LONGEST)) : plain;
    }

    private static String trimmed(String name) {
        return name.replaceAll("^[^A-Za-z0-9]+", "").replaceAll("[-.]+$", "");
    }

    /** Whether an acquisition may have this id. */
    public static boolean isValid(String id) {
        return RunRef.ID.matcher(id).matches() && !id.contains("..");
    }
}
