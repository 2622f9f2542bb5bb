// SPDX-License-Identifier: Apache-2.0
package org.survol.core;

import java.util.Objects;

/**
 * Something that came from outside is not usable, and trying again will not help. It carries what a person needs:
 * which file, why, and how to mend it. Ends as a dead letter, never stops other work.
 */
public final class BadInputException extends RuntimeException {

    private static final long serialVersionUID = 1;

    private final String file;
    private final String reason;
    private final String mend;

    /**
     * @param file object key, path or href of the offending input
     * @param reason what is wrong with it, one sentence without a full stop
     * @param mend what the sender can do about it, one sentence without a full stop
     */
    public BadInputException(String file, String reason, String mend) {
        this(file, reason, mend, null);
    }

    public BadInputException(String file, String reason, String mend, Throwable cause) {
        super(file + ": " + reason + ". " + mend + ".", cause);
        this.file = Objects.requireNonNull(file);
        this.reason = Objects.requireNonNull(reason);
        this.mend = Objects.requireNonNull(mend);
    }

    public String file() {
        return file;
    }

    public String reason() {
        return reason;
    }

    public String mend() {
        return mend;
    }
}
