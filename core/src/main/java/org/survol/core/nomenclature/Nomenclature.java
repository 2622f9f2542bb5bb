// SPDX-License-Identifier: Apache-2.0
package org.survol.core.nomenclature;

import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** An ordered list of classes that a raster or a map is written in. */
public record Nomenclature(String id, List<LandClass> classes) {

    public Nomenclature {
        Objects.requireNonNull(id, "id");
        classes = List.copyOf(classes);
        var values = new HashSet<Integer>();
        for (var landClass : classes) {
            if (!values.add(landClass.value())) {
                throw new IllegalArgumentException("value " + landClass.value() + " stands twice in " + id);
            }
        }
    }

    public Optional<LandClass> ofValue(int value) {
        return classes.stream().filter(c -> c.value() == value).findFirst();
    }
}
