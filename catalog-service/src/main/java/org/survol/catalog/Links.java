// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** Links as STAC and OGC API documents hold them. */
public final class Links {

    private Links() {}

    /** @return the link, to which a title may be added */
    public static ObjectNode link(ArrayNode links, String rel, String href, String type) {
        return links.addObject().put("rel", rel).put("href", href).put("type", type);
    }
}
