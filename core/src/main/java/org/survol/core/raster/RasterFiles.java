// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

import java.io.IOException;
import java.util.OptionalInt;
import org.survol.core.BadInputException;
import org.survol.core.crs.Crs;

/** Opens image files by what they contain, never by what they are called. */
public final class RasterFiles {

    private static final int SIGNATURE_BYTES = 512;

    private RasterFiles() {}

    /**
     * @param siblings asked only for what the file does not tell itself
     * @param declaredEpsg CRS that the sender states; empty when he states none
     * @param cacheBytes decoded pixels to keep for windows to come
     * @throws BadInputException when it is no image that can be read, or when its own CRS is not the declared one
     * @throws IOException when it cannot be read now
     */
    public static RasterReader open(ByteSource source, Siblings siblings, OptionalInt declaredEpsg, long cacheBytes)
            throws IOException {
        return open(source, siblings, declaredEpsg, new BlockCache(cacheBytes));
    }

    /** @param cache of decoded pixels, which several readers may share */
    public static RasterReader open(ByteSource source, Siblings siblings, OptionalInt declaredEpsg, BlockCache cache)
            throws IOException {
        GeoCompletion completion = own -> complete(source.name(), own, siblings, declaredEpsg);
        var first = source.read(0, (int) Math.min(SIGNATURE_BYTES, source.length()));
        if (Jpeg2000Reader.recognises(first)) {
            return Jpeg2000Reader.open(source, completion, cache);
        }
        if (AsciiGridReader.recognises(first)) {
            return AsciiGridReader.open(source, completion, cache);
        }
        return TiffReader.open(source, completion, cache);
    }

    private static Georeferencing complete(String name, Georeferencing own, Siblings siblings, OptionalInt declared)
            throws IOException {
        var known = own.isComplete() ? own : own.or(SideFiles.read(name, siblings));
        if (declared.isEmpty()) {
            return known;
        }
        if (known.epsg().isPresent() && known.epsg().getAsInt() != declared.getAsInt()) {
            throw new BadInputException(
                    name,
                    "its CRS is " + named(known.epsg().getAsInt()) + ", and the Item says "
                            + named(declared.getAsInt()),
                    "Correct the Item's proj:code, or give the file its right CRS");
        }
        return known.or(Georeferencing.ofCrs(declared.getAsInt()));
    }

    private static String named(int epsg) {
        try {
            return "EPSG:" + epsg + " (" + Crs.ofEpsg(epsg).name() + ")";
        } catch (BadInputException e) {
            return "EPSG:" + epsg;
        }
    }
}
