// SPDX-License-Identifier: Apache-2.0
package org.survol.core.event;

import java.util.regex.Pattern;

/**
 * One processing of one acquisition. The run id digests all that decides the result (item, model, grid, code version):
 * the same inputs give the same run, another model gives another run beside it.
 */
public record RunRef(String acquisition, String run) {

    /** Ids become parts of object keys and of URLs. */
    public static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");

    /** Whether these can be the names of a run; for names that come from outside. */
    public static boolean isValid(String acquisition, String run) {
        return ID.matcher(acquisition).matches()
                && !acquisition.contains("..")
                && ID.matcher(run).matches();
    }

    public RunRef {
        if (!ID.matcher(acquisition).matches() || acquisition.contains("..")) {
            throw new IllegalArgumentException("not an acquisition id: " + acquisition);
        }
        if (!ID.matcher(run).matches()) {
            throw new IllegalArgumentException("not a run id: " + run);
        }
    }

    @Override
    public String toString() {
        return acquisition + "/" + run;
    }
}
