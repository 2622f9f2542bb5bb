// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize;

import java.io.IOException;
import java.util.LinkedHashMap;
import org.survol.core.BadInputException;
import org.survol.core.Json;
import org.survol.core.plan.Plan;
import org.survol.core.store.ObjectStore;

/** Plans never change once stored, so the last few are remembered. Safe to use from several threads. */
final class Plans {

    private static final int REMEMBERED = 16;

    private final ObjectStore store;
    private final LinkedHashMap<String, Plan> remembered = new LinkedHashMap<>(REMEMBERED, 0.75f, true);

    Plans(ObjectStore store) {
        this.store = store;
    }

    /** @throws BadInputException when the plan is there and cannot be understood */
    synchronized Plan get(String key) throws IOException {
        var plan = remembered.get(key);
        if (plan == null) {
            plan = parse(key, store.read(key));
            remembered.put(key, plan);
            if (remembered.size() > REMEMBERED) {
                remembered.pollFirstEntry();
            }
        }
        return plan;
    }

    private static Plan parse(String key, byte[] json) {
        try {
            return Json.parse(json, Plan.class);
        } catch (IOException e) {
            throw new BadInputException(
                    key,
                    "it is not a plan: " + e.getMessage(),
                    "Submit the acquisition again so that it is planned anew",
                    e);
        }
    }
}
