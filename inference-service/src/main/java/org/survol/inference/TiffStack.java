// SPDX-License-Identifier: Apache-2.0
package org.survol.inference;

import java.io.IOException;
import java.nio.file.Path;
import org.survol.core.BadInputException;
import org.survol.core.grid.PixelWindow;
import org.survol.core.plan.Plan;
import org.survol.core.raster.ByteSource;
import org.survol.core.raster.ByteSources;
import org.survol.core.raster.SampleType;
import org.survol.core.raster.TiffReader;

/** A stack in a COG. */
final class TiffStack implements Stack {

    private static final String MEND = "Submit the acquisition again so that its tiles are cut anew";
    /** of a pixel: positions are doubles, cuts are whole pixels */
    private static final double TOLERANCE = 0.01;

    private final TiffReader tiff;

    /** A file that goes by the key of the object it was fetched from. */
    private record Fetched(String name, ByteSource bytes) implements ByteSource {
        @Override
        public long length() throws IOException {
            return bytes.length();
        }

        @Override
        public byte[] read(long offset, int length) throws IOException {
            return bytes.read(offset, length);
        }
    }

    private TiffStack(TiffReader tiff) {
        this.tiff = tiff;
    }

    /**
     * @param key what to name in a refusal
     * @param extent where the stack must lie on the plan's grid
     * @throws BadInputException when it is not the stack that the plan and its model need
     */
    static TiffStack open(String key, Path file, Plan plan, PixelWindow extent) throws IOException {
        var tiff = TiffReader.open(new Fetched(key, ByteSources.ofFile(file)));
        var header = tiff.header();
        int bands = plan.bands().size();
        if (header.type() != SampleType.UINT8 || header.bands() != bands) {
            throw new BadInputException(
                    key,
                    "it has " + header.bands() + " bands of " + header.type() + " where model "
                            + plan.model().card().name() + " needs " + bands + " of UINT8: " + plan.bands(),
                    MEND);
        }
        if (header.width() != extent.width() || header.height() != extent.height()) {
            throw new BadInputException(
                    key,
                    "it has " + header.width() + " x " + header.height()
                            + " pixels where the plan's tile and halo have " + extent.width() + " x " + extent.height(),
                    MEND);
        }
        var geo = header.requireGeo();
        var grid = plan.grid();
        double tolerance = TOLERANCE * grid.gsdMetres();
        if (geo.epsg() != grid.epsg()
                || Math.abs(geo.west() - grid.easting(extent.column())) > tolerance
                || Math.abs(geo.north() - grid.northing(extent.row())) > tolerance
                || Math.abs(geo.pixelWidth() - grid.gsdMetres()) * extent.width() > tolerance
                || Math.abs(geo.pixelHeight() - grid.gsdMetres()) * extent.height() > tolerance) {
            throw new BadInputException(key, "it does not lie where its tile does, but at " + geo, MEND);
        }
        return new TiffStack(tiff);
    }

    @Override
    public int width() {
        return tiff.header().width();
    }

    @Override
    public int height() {
        return tiff.header().height();
    }

    @Override
    public int bands() {
        return tiff.header().bands();
    }

    @Override
    public Rows read(int firstRow, int count) throws IOException {
        return new Rows(tiff.readBytes(0, 0, firstRow, width(), count), tiff.readMask(0, 0, firstRow, width(), count));
    }
}
