// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog;

/**
 * A request that cannot be answered, told as RFC 9457 problem details.
 *
 * <p>The detail is shown to whoever asked: it names what they sent and what would be right, never internals.
 */
public final class Problem extends RuntimeException {

    private static final long serialVersionUID = 1;

    private final int status;
    private final String title;

    private Problem(int status, String title, String detail) {
        super(detail);
        this.status = status;
        this.title = title;
    }

    public static Problem badRequest(String detail) {
        return new Problem(400, "Bad request", detail);
    }

    public static Problem notFound(String detail) {
        return new Problem(404, "Not found", detail);
    }

    public static Problem forbidden(String detail) {
        return new Problem(403, "Not allowed", detail);
    }

    public static Problem conflict(String detail) {
        return new Problem(409, "Not possible", detail);
    }

    /** What the request was made for is not what is there any more. */
    public static Problem changedMeanwhile(String detail) {
        return new Problem(412, "Changed meanwhile", detail);
    }

    public static Problem tooLarge(String detail) {
        return new Problem(413, "Too large", detail);
    }

    public static Problem unavailable(String detail) {
        return new Problem(503, "Unavailable", detail);
    }

    int status() {
        return status;
    }

    String title() {
        return title;
    }
}
