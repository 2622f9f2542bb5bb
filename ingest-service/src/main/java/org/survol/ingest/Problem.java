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

    static Response idIsTaken(String id) {
        return response(
                409,
                "Another acquisition has this id",
                "An Item with id " + id + " and other content was delivered before",
                "Deliver the changed flight under an id of its own");
    }

    /** The Item lies in the store, so that sending it again is harmless. */
    static Response brokerIsAway() {
        return response(
                503,
                "Broker not reachable",
                "The acquisition could not be announced",
                "Send it again in a moment; it will not be doubled");
    }

    static Response response(int status, String title, String detail, String mend) {
        return Response.status(status)
                .type(MEDIA_TYPE)
                .entity(Json.bytes(new Problem("about:blank", title, status, detail, mend)))
                .build();
    }
}
