// SPDX-License-Identifier: Apache-2.0
package org.survol.standalone;

/** A command cannot do what was asked; the message is for the person at the terminal and says what to do. */
final class CommandFailed extends RuntimeException {

    private static final long serialVersionUID = 1;

    private final int exitCode;

    CommandFailed(String message) {
        this(ExitCode.FAILED, message, null);
    }

    CommandFailed(String message, Throwable cause) {
        this(ExitCode.FAILED, message, cause);
    }

    CommandFailed(int exitCode, String message, Throwable cause) {
        super(message, cause);
        this.exitCode = exitCode;
    }

    int exitCode() {
        return exitCode;
    }
}
