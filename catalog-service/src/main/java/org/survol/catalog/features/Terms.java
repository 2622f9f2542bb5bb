// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.features;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.util.ArrayList;
import java.util.Optional;
import org.survol.catalog.store.CatalogStore.Delivery;
import org.survol.core.Json;
import org.survol.core.plan.Plan;

/**
 * Under which terms a map may be used, as far as its flight's Item says, and whom to name.
 *
 * @param licence identifier, address or words of the licence of the images
 */
public record Terms(String licence, String attribution) {

    public static Terms of(Plan plan, Optional<Delivery> delivery) {
        var names = new ArrayList<String>();
        var licence = "not stated";
        if (delivery.isPresent()) {
            try {
                var properties = Json.MAPPER.readTree(delivery.get().item()).path("properties");
                licence = properties.path("license").asText(licence);
                properties
                        .path("providers")
                        .forEach(provider -> names.add(provider.path("name").asText()));
            } catch (JsonProcessingException e) {
                // intake has read it; one that is gone names nobody
            }
        }
        names.removeIf(String::isBlank);
        var model = plan.model().card();
        return new Terms(
                licence,
                "Flight " + plan.run().acquisition() + " of " + plan.datetime()
                        + (names.isEmpty() ? "" : ", " + String.join(", ", names)) + "; land cover by the model "
                        + model.name() + " " + model.version() + " (" + model.licence() + ")");
    }
}
