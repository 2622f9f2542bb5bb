// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.stac;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.survol.catalog.Problem;
import org.survol.catalog.store.ItemEntry;
import org.survol.catalog.store.ItemQuery.Position;

/** The last Item of a page, as text: pages stay right while Items are added. */
final class PageToken {

    private static final int PARTS = 3;
    private static final int LONGEST = 2_048;

    private PageToken() {}

    static String encode(ItemEntry last) {
        var text = last.datetime().toEpochMilli() + "\n" + last.collection() + "\n" + last.id();
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    static Position decode(String token) {
        try {
            if (token.length() > LONGEST) {
                throw new IllegalArgumentException("too long");
            }
            var parts = new String(Base64.getUrlDecoder().decode(token), StandardCharsets.UTF_8).split("\n", -1);
            if (parts.length != PARTS || parts[1].indexOf('\0') >= 0 || parts[2].indexOf('\0') >= 0) {
                throw new IllegalArgumentException("not three parts");
            }
            return new Position(Long.parseLong(parts[0]), parts[1], parts[2]);
        } catch (IllegalArgumentException e) {
            throw Problem.badRequest("the token is not one that this service gave; start again without it");
        }
    }
}
