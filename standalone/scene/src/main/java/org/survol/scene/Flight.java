// SPDX-License-Identifier: Apache-2.0
package org.survol.scene;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;

/**
 * When the pictures were taken, hence where the sun stood and how far the crops were.
 *
 * @param start of the first strip, UTC
 * @param sunX east part of the unit vector towards the sun
 * @param sunY north part
 * @param sunZ upward part: sine of the elevation
 * @param season 0 in late May, 1 in mid September
 * @param drought 0 lush, 1 parched
 */
record Flight(Instant start, double sunX, double sunY, double sunZ, double season, double drought, int seed) {

    private static final double LATITUDE = 43.6;
    private static final double LONGITUDE = 1.94;
    static final int MINUTES_BETWEEN_STRIPS = 6;

    static Flight of(SceneSpec spec) {
        var dice = new Dice(spec.seed(), "flight", spec.vintage());
        int dayOfYear = 146 + dice.below(110);
        double solarHour = dice.between(10.4, 13.4);
        int minutes = (int) ((solarHour - LONGITUDE / 15) * 60);
        var start = LocalDateTime.of(spec.vintage(), 1, 1, 0, 0)
                .plusDays(dayOfYear - 1)
                .plusMinutes(minutes)
                .toInstant(ZoneOffset.UTC);
        double declination =
                -StrictMath.toRadians(23.44) * StrictMath.cos(2 * StrictMath.PI * (dayOfYear + 10) / 365.0);
        double hour = StrictMath.toRadians(15 * (solarHour - 12));
        double latitude = StrictMath.toRadians(LATITUDE);
        double up = StrictMath.sin(latitude) * StrictMath.sin(declination)
                + StrictMath.cos(latitude) * StrictMath.cos(declination) * StrictMath.cos(hour);
        double east = -StrictMath.cos(declination) * StrictMath.sin(hour);
        double north = StrictMath.cos(latitude) * StrictMath.sin(declination)
                - StrictMath.sin(latitude) * StrictMath.cos(declination) * StrictMath.cos(hour);
        double season = (dayOfYear - 146) / 110.0;
        double drought = Math.clamp(0.15 + 0.7 * season + dice.between(-0.35, 0.35), 0.0, 1.0);
        return new Flight(start, east, north, up, season, drought, dice.nextInt());
    }

    /** Rise of the sun's ray, metres per metre of ground. */
    double slope() {
        return sunZ / Math.sqrt(sunX * sunX + sunY * sunY);
    }
}
