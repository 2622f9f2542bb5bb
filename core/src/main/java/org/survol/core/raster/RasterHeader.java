// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import org.survol.core.BadInputException;

/**
 * What a raster file says about itself, known without reading a pixel.
 *
 * @param name of the file, for messages
 * @param bands bands that measure something; an alpha band is not among them, it is part of the mask
 * @param geo empty when the file has no usable georeference; {@link #whyNoGeo} then says why
 * @param whyNoGeo reason for a person, without a full stop; empty when {@code geo} is there
 * @param nodata value that means "not measured"; a pixel is invalid where every band has it
 * @param hasMask whether an internal mask or an alpha band marks invalid pixels
 * @param datetime when the image was taken or written, by its DateTime tag, which has no time zone and is read as UTC
 * @param bandNames one per band, empty strings where the file has none; an empty list when it names no band
 * @param metadata GDAL metadata items of the file itself
 */
public record RasterHeader(
        String name,
        int width,
        int height,
        int bands,
        SampleType type,
        Optional<GeoReference> geo,
        String whyNoGeo,
        OptionalDouble nodata,
        boolean hasMask,
        Optional<Instant> datetime,
        List<String> bandNames,
        Map<String, String> metadata) {

    public RasterHeader {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(type, "type");
        Objects.requireNonNull(geo, "geo");
        Objects.requireNonNull(whyNoGeo, "whyNoGeo");
        Objects.requireNonNull(nodata, "nodata");
        Objects.requireNonNull(datetime, "datetime");
        bandNames = List.copyOf(bandNames);
        metadata = Map.copyOf(metadata);
    }

    /**
     * The same file with its alpha band taken as an ordinary one, of which no name is known.
     *
     * @param stillMasked whether something else marks invalid pixels
     */
    RasterHeader withAlphaAsBand(boolean stillMasked) {
        return new RasterHeader(
                name,
                width,
                height,
                bands + 1,
                type,
                geo,
                whyNoGeo,
                nodata,
                stillMasked,
                datetime,
                List.of(),
                metadata);
    }

    /**
     * The georeference, for those who cannot work without.
     *
     * @throws BadInputException with the reason when there is none
     */
    public GeoReference requireGeo() {
        return geo.orElseThrow(
                () -> new BadInputException(
                        name,
                        whyNoGeo,
                        "Give it an EPSG code and a north-up position: gdal_edit.py -a_srs EPSG:CODE, or gdalwarp -t_srs EPSG:CODE"));
    }
}
