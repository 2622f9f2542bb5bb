// SPDX-License-Identifier: Apache-2.0
package org.survol.core.model;

import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Which flights a model is to be used for. Whatever is left out does not restrict it.
 *
 * @param epsg CRSs of the maps it makes, which stand for territories: 2154 is mainland France
 * @param months in which the images may have been taken, 1 to 12
 * @param fromYear first year of images
 * @param untilYear last year of images
 * @param generated true: flights of generated scenes alone; false: real ones alone
 */
public record Domain(
        List<Integer> epsg,
        List<Integer> months,
        Optional<Integer> fromYear,
        Optional<Integer> untilYear,
        Optional<Boolean> generated) {

    public Domain {
        epsg = epsg == null ? List.of() : List.copyOf(epsg);
        months = months == null ? List.of() : List.copyOf(months);
        fromYear = fromYear == null ? Optional.empty() : fromYear;
        untilYear = untilYear == null ? Optional.empty() : untilYear;
        generated = generated == null ? Optional.empty() : generated;
        if (months.stream().anyMatch(month -> month < 1 || month > 12)) {
            throw new IllegalArgumentException("domain.months must be from 1 to 12");
        }
        if (fromYear.isPresent() && untilYear.isPresent() && fromYear.get() > untilYear.get()) {
            throw new IllegalArgumentException("domain.fromYear must not be after domain.untilYear");
        }
    }

    /**
     * @param mapEpsg CRS of the map to be made
     * @param taken when the images were taken
     * @param ofGeneratedScene whether they show a generated scene
     * @return why the model is not to be used for it
     */
    public Optional<String> obstacle(int mapEpsg, Instant taken, boolean ofGeneratedScene) {
        var day = taken.atOffset(ZoneOffset.UTC);
        var obstacles = new ArrayList<String>();
        if (!epsg.isEmpty() && !epsg.contains(mapEpsg)) {
            obstacles.add(
                    "maps in " + list(epsg.stream().map(code -> "EPSG:" + code).toList()) + ", not EPSG:" + mapEpsg);
        }
        if (!months.isEmpty() && !months.contains(day.getMonthValue())) {
            obstacles.add("images of months " + list(months) + ", not " + day.getMonthValue());
        }
        if (fromYear.filter(year -> day.getYear() < year).isPresent()) {
            obstacles.add("images from " + fromYear.get() + " on, not of " + day.getYear());
        }
        if (untilYear.filter(year -> day.getYear() > year).isPresent()) {
            obstacles.add("images until " + untilYear.get() + ", not of " + day.getYear());
        }
        if (generated.filter(wanted -> wanted != ofGeneratedScene).isPresent()) {
            obstacles.add(
                    ofGeneratedScene ? "real flights, not generated scenes" : "generated scenes, not real flights");
        }
        return obstacles.isEmpty() ? Optional.empty() : Optional.of("is for " + String.join(" and ", obstacles));
    }

    private static String list(List<?> values) {
        return values.stream().map(Object::toString).collect(Collectors.joining(", "));
    }
}
