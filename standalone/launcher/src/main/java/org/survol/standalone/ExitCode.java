// SPDX-License-Identifier: Apache-2.0
package org.survol.standalone;

/** Exit codes of all commands; scripts rely on them. */
final class ExitCode {

    static final int OK = 0;
    /** wrong usage, nothing running, not possible */
    static final int FAILED = 1;
    /** the chain ended, but something became a dead letter or there is no map */
    static final int DEAD_LETTERS = 2;

    static final int TIMEOUT = 3;

    private ExitCode() {}
}
