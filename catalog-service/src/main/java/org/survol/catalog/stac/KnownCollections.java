// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.stac;

import java.util.LinkedHashMap;
import java.util.Map;
import org.survol.catalog.Collections;
import org.survol.catalog.Problem;

/** The collections there are, each with its title, in the order in which they are listed. */
final class KnownCollections {

    static final Map<String, String> TITLES = titles();

    private KnownCollections() {}

    private static Map<String, String> titles() {
        var titles = new LinkedHashMap<String, String>();
        titles.put(Collections.ACQUISITIONS, "Flights as they were delivered");
        titles.put(Collections.PREDICTIONS, "Classes, probabilities and confidence, tile by tile");
        titles.put(Collections.PRODUCTS, "Finished land-cover maps");
        titles.put(Collections.MODELS, "Networks that maps were made with");
        titles.put(Collections.REFERENCES, "Registered by hand: data of others to compare with");
        return java.util.Collections.unmodifiableMap(titles);
    }

    static void check(String collection) {
        if (!TITLES.containsKey(collection)) {
            throw Problem.notFound(
                    "there is no collection \"" + collection + "\"; there are " + String.join(", ", TITLES.keySet()));
        }
    }
}
