// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.survol.core.plan.Plan.Footprint;
import org.survol.core.plan.Plan.Role;
import org.survol.core.plan.Plan.Stretch;
import org.survol.core.raster.GeoReference;
import org.survol.core.raster.SampleType;

/**
 * What an image file's header says, and found usable on its own.
 *
 * @param content SHA-256 that the sender states, else the store's identity: what the run's id digests
 * @param identity the store's etag and size: another file under the same key is noticed
 * @param geo where it lies, from the file itself, a side file or the Item
 * @param gsdMetres the coarser of the pixel's two sides
 * @param footprint in the file's own CRS
 * @param datetime when it was taken
 * @param stretch from its samples to 8 bits, by band; empty when it needs none or none is known yet
 */
record InspectedSource(
        String asset,
        String key,
        String content,
        String identity,
        Role role,
        GeoReference geo,
        double gsdMetres,
        Footprint footprint,
        Instant datetime,
        SampleType type,
        List<Stretch> stretch) {

    InspectedSource {
        Objects.requireNonNull(role, "role");
        Objects.requireNonNull(datetime, "datetime");
        stretch = List.copyOf(stretch);
    }

    /** Colours of more than 8 bits that nobody has said how to show. */
    boolean lacksStretch() {
        return !isHeight() && type != SampleType.UINT8 && stretch.isEmpty();
    }

    InspectedSource with(List<Stretch> estimated) {
        return new InspectedSource(
                asset, key, content, identity, role, geo, gsdMetres, footprint, datetime, type, estimated);
    }

    int epsg() {
        return geo.epsg();
    }

    /** Last part of the key. */
    String fileName() {
        return key.substring(key.lastIndexOf('/') + 1);
    }

    /** Carries red, green and blue. */
    boolean isColour() {
        return role == Role.RGB || role == Role.RGBI;
    }

    boolean isHeight() {
        return role == Role.DSM || role == Role.DTM;
    }
}
