// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import jakarta.ws.rs.core.Response;
import org.survol.core.Json;

/**
 * What went wrong with a request, as RFC 9457 says it.
 *
 * @param detail the reason, one sentence
 * @param mend what the sender can do about it; our extension member
 */
record Problem(String type, String title, int status, String detail, String mend) {

    static final String MEDIA_TYPE = "application/problem+json";

    static Response response(int status, String title, String detail, String mend) {
        return Response.status(status)
                .type(MEDIA_TYPE)
                .entity(Json.bytes(new Problem("about:blank", title, status, detail, mend)))
                .build();
    }
}
