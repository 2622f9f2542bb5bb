// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

/** Tag numbers and their values, from TIFF 6.0, its supplements, OGC 19-008 (GeoTIFF 1.1) and GDAL's GTiff driver. */
final class TiffTag {

    static final int NEW_SUBFILE_TYPE = 254;
    static final int IMAGE_WIDTH = 256;
    static final int IMAGE_LENGTH = 257;
    static final int BITS_PER_SAMPLE = 258;
    static final int COMPRESSION = 259;
    static final int PHOTOMETRIC = 262;
    static final int FILL_ORDER = 266;
    static final int STRIP_OFFSETS = 273;
    static final int SAMPLES_PER_PIXEL = 277;
    static final int ROWS_PER_STRIP = 278;
    static final int STRIP_BYTE_COUNTS = 279;
    static final int PLANAR_CONFIGURATION = 284;
    static final int DATE_TIME = 306;
    static final int PREDICTOR = 317;
    static final int COLOR_MAP = 320;
    static final int TILE_WIDTH = 322;
    static final int TILE_LENGTH = 323;
    static final int TILE_OFFSETS = 324;
    static final int TILE_BYTE_COUNTS = 325;
    static final int EXTRA_SAMPLES = 338;
    static final int SAMPLE_FORMAT = 339;
    static final int JPEG_TABLES = 347;
    static final int MODEL_PIXEL_SCALE = 33_550;
    static final int MODEL_TIEPOINT = 33_922;
    static final int MODEL_TRANSFORMATION = 34_264;
    static final int GEO_KEY_DIRECTORY = 34_735;
    static final int GDAL_METADATA = 42_112;
    static final int GDAL_NODATA = 42_113;

    static final int TYPE_BYTE = 1;
    static final int TYPE_ASCII = 2;
    static final int TYPE_SHORT = 3;
    static final int TYPE_LONG = 4;
    static final int TYPE_DOUBLE = 12;
    static final int TYPE_LONG8 = 16;

    static final int SUBFILE_REDUCED = 1;
    static final int SUBFILE_MASK = 4;

    static final int PHOTOMETRIC_MIN_IS_BLACK = 1;
    static final int PHOTOMETRIC_RGB = 2;
    static final int PHOTOMETRIC_PALETTE = 3;
    static final int PHOTOMETRIC_MASK = 4;
    static final int PHOTOMETRIC_YCBCR = 6;

    static final int COMPRESSION_NONE = 1;
    static final int COMPRESSION_LZW = 5;
    static final int COMPRESSION_JPEG = 7;
    static final int COMPRESSION_DEFLATE = 8;
    static final int COMPRESSION_PACKBITS = 32_773;
    static final int COMPRESSION_DEFLATE_OLD = 32_946;
    static final int COMPRESSION_ZSTD = 50_000;

    static final int PREDICTOR_NONE = 1;
    static final int PREDICTOR_HORIZONTAL = 2;
    static final int PREDICTOR_FLOATING = 3;

    static final int GEO_MODEL_TYPE = 1024;
    static final int GEO_RASTER_TYPE = 1025;
    static final int GEO_GEODETIC_CRS = 2048;
    static final int GEO_PROJECTED_CRS = 3072;
    static final int GEO_PROJECTED_UNITS = 3076;

    private TiffTag() {}

    /** Bytes of one value of a field type, 0 for a type that TIFF does not know. */
    static int bytesOfType(int type) {
        return switch (type) {
            case 1, 2, 6, 7 -> 1;
            case 3, 8 -> 2;
            case 4, 9, 11, 13 -> 4;
            case 5, 10, 12, 16, 17, 18 -> 8;
            default -> 0;
        };
    }
}
