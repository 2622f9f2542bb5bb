// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import java.io.IOException;
import org.survol.core.BadInputException;
import org.survol.core.crs.Crs;
import org.survol.core.plan.Plan.Footprint;
import org.survol.core.plan.Plan.Role;
import org.survol.core.raster.ByteSources;
import org.survol.core.raster.GeoReference;
import org.survol.core.raster.RasterFiles;
import org.survol.core.raster.RasterHeader;
import org.survol.core.raster.SampleType;
import org.survol.core.raster.Siblings;
import org.survol.core.store.ObjectStore;
import org.survol.ingest.DeliveredItem.DeliveredAsset;

/** Reads the header of a delivered file, by range reads, and refuses what no model could use. */
final class SourceInspector {

    private static final String REPROJECT =
            "Deliver it in a projected CRS in metres, for example with gdalwarp -t_srs EPSG:2154";

    /** No flight is this long; its header's pixel size is wrong. */
    private static final double MAX_SIDE_METRES = 5_000_000;

    private static final long HEADER_CACHE_BYTES = 1 << 20;

    private final ObjectStore store;

    SourceInspector(ObjectStore store) {
        this.store = store;
    }

    /**
     * @throws BadInputException naming the file, the reason and the mend
     * @throws IOException when the store could not be read; worth a retry
     */
    InspectedSource inspect(DeliveredItem item, DeliveredAsset asset) throws IOException {
        var key = asset.key();
        var stat = store.stat(key)
                .orElseThrow(() -> new BadInputException(
                        key, "the file is not in the store", "Upload it and deliver the acquisition again"));
        if (asset.bytes().isPresent() && asset.bytes().getAsLong() != stat.bytes()) {
            throw new BadInputException(
                    key,
                    "the file has " + stat.bytes() + " bytes, and the Item says "
                            + asset.bytes().getAsLong(),
                    "Upload the whole file again, or correct file:size");
        }
        var header = RasterFiles.open(
                        ByteSources.ofObject(store, key),
                        Siblings.ofObject(store, key),
                        asset.epsg(),
                        HEADER_CACHE_BYTES)
                .header();
        var geo = header.requireGeo();
        requireMetres(key, geo, header);
        var identity = identity(stat);
        return new InspectedSource(
                asset.name(),
                key,
                asset.sha256().orElse(identity),
                identity,
                role(asset, header),
                geo,
                Math.max(geo.pixelWidth(), geo.pixelHeight()),
                new Footprint(geo.west(), geo.northing(header.height()), geo.easting(header.width()), geo.north()),
                asset.datetime().orElse(item.datetime()));
    }

    /** Changes whenever the object's bytes do. */
    static String identity(ObjectStore.Stat stat) {
        return stat.etag() + ":" + stat.bytes();
    }

    private static void requireMetres(String key, GeoReference geo, RasterHeader header) {
        Crs crs;
        try {
            crs = Crs.ofEpsg(geo.epsg());
        } catch (BadInputException e) {
            throw new BadInputException(key, "its CRS, EPSG:" + geo.epsg() + ", is not known", REPROJECT, e);
        }
        if (!crs.isProjectedInMetres()) {
            throw new BadInputException(
                    key, "its CRS, EPSG:" + geo.epsg() + ", is not a projected CRS in metres", REPROJECT);
        }
        if (!(geo.pixelWidth() * header.width() < MAX_SIDE_METRES
                && geo.pixelHeight() * header.height() < MAX_SIDE_METRES)) {
            throw new BadInputException(
                    key,
                    "its georeference makes it larger than " + (int) MAX_SIDE_METRES / 1000 + " km",
                    "Correct its pixel size");
        }
    }

    private static Role role(DeliveredAsset asset, RasterHeader header) {
        var key = asset.key();
        var role = asset.role().orElseGet(() -> inferred(key, header));
        int needed =
                switch (role) {
                    case RGB, IRC -> 3;
                    case RGBI -> 4;
                    case DSM, DTM -> 1;
                };
        boolean heights = role == Role.DSM || role == Role.DTM;
        if (heights ? header.bands() != needed : header.bands() < needed) {
            throw new BadInputException(
                    key,
                    "it has " + header.bands() + " bands, and a file of role " + role + " has " + needed,
                    "Correct the asset's survol:role, or deliver the bands it stands for");
        }
        if (!heights && header.type() != SampleType.UINT8) {
            throw new BadInputException(
                    key,
                    "its samples are " + header.type() + ", and images are read with 8 bits only",
                    "Stretch it to 8 bits, for example with gdal_translate -ot Byte -scale");
        }
        return role;
    }

    private static Role inferred(String key, RasterHeader header) {
        if (header.type() == SampleType.UINT8 && header.bands() == 3) {
            return Role.RGB;
        }
        if (header.type() == SampleType.UINT8 && header.bands() == 4) {
            return Role.RGBI;
        }
        throw new BadInputException(
                key,
                "what it shows cannot be told from " + header.bands() + " bands of " + header.type(),
                "Set the asset's survol:role to RGB, IRC, RGBI, DSM or DTM");
    }
}
