// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

import java.awt.image.DataBufferByte;
import java.awt.image.PixelInterleavedSampleModel;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.survol.core.BadInputException;

/**
 * One block of a TIFF with compression 7 (TIFF Technical Note 2): a JPEG image whose tables stand apart. The JDK's
 * decoder gives the raw components at full resolution; what colours they are the TIFF says, so we convert them.
 */
final class JpegBlock {

    private JpegBlock() {}

    static byte[] decode(TiffImage image, int rows, byte[] coded, Refusal refusal) {
        var stream = new MemoryCacheImageInputStream(new ByteArrayInputStream(whole(image.jpegTables, coded, refusal)));
        ImageReader reader = decoder();
        try {
            reader.setInput(stream, true, true);
            int width = reader.getWidth(0);
            int height = reader.getHeight(0);
            if (width != image.blockWidth || height < rows || height > Math.max(rows, image.blockHeight)) {
                throw refusal.damaged("a JPEG block is " + width + " x " + height + " pixels instead of "
                        + image.blockWidth + " x " + rows);
            }
            var warnings = new ArrayList<String>();
            reader.addIIOReadWarningListener((source, warning) -> warnings.add(warning));
            var raster = reader.readRaster(0, null);
            // libjpeg fills what is missing with grey and only warns
            if (warnings.stream().anyMatch(warning -> warning.contains("remature end"))) {
                throw refusal.damaged("a JPEG block ends before its last pixel");
            }
            var pixels = interleaved(raster, rows, image.blockSamples(), refusal);
            if (image.photometric == TiffTag.PHOTOMETRIC_YCBCR) {
                toRgb(pixels);
            }
            return pixels;
        } catch (BadInputException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            // on damaged input the JDK's decoder throws what it comes across, from missing tables to negative sizes
            throw refusal.damaged("a JPEG block cannot be decoded", e);
        } finally {
            reader.dispose();
        }
    }

    /** The JDK's own: other plug-ins on the class path may claim the format too. */
    private static ImageReader decoder() {
        var readers = ImageIO.getImageReadersByFormatName("jpeg");
        while (readers.hasNext()) {
            var reader = readers.next();
            if (reader.getClass().getModule() == ImageIO.class.getModule()) {
                return reader;
            }
        }
        throw new IllegalStateException("this Java runtime has no JPEG decoder (module java.desktop)");
    }

    /** Tables without their end marker, then the image without its start marker, are one ordinary JPEG. */
    private static byte[] whole(byte[] tables, byte[] coded, Refusal refusal) {
        if (coded.length < 4 || (coded[0] & 0xff) != 0xff || (coded[1] & 0xff) != 0xd8) {
            throw refusal.damaged("a JPEG block has no start marker");
        }
        if (tables.length < 4) {
            return coded;
        }
        var all = new byte[tables.length - 2 + coded.length - 2];
        System.arraycopy(tables, 0, all, 0, tables.length - 2);
        System.arraycopy(coded, 2, all, tables.length - 2, coded.length - 2);
        return all;
    }

    private static byte[] interleaved(Raster raster, int rows, int samples, Refusal refusal) {
        if (raster.getNumBands() != samples
                || !(raster.getDataBuffer() instanceof DataBufferByte data)
                || !(raster.getSampleModel() instanceof PixelInterleavedSampleModel model)) {
            throw refusal.damaged("a JPEG block has " + raster.getNumBands() + " components instead of " + samples);
        }
        int rowBytes = raster.getWidth() * samples;
        var pixels = new byte[rowBytes * rows];
        var bandOffsets = model.getBandOffsets();
        var from = data.getData();
        for (int y = 0; y < rows; y++) {
            int row = y * model.getScanlineStride();
            for (int s = 0; s < samples; s++) {
                int at = row + bandOffsets[s];
                int to = y * rowBytes + s;
                for (int x = 0; x < raster.getWidth(); x++, at += samples, to += samples) {
                    pixels[to] = from[at];
                }
            }
        }
        return pixels;
    }

    /** ITU-R BT.601 at full range in 16-bit fixed point, rounded as libjpeg does. */
    private static void toRgb(byte[] pixels) {
        for (int i = 0; i + 2 < pixels.length; i += 3) {
            int y = pixels[i] & 0xff;
            int cb = (pixels[i + 1] & 0xff) - 128;
            int cr = (pixels[i + 2] & 0xff) - 128;
            pixels[i] = clamp(y + (91_881 * cr + 32_768 >> 16));
            pixels[i + 1] = clamp(y + (-22_554 * cb - 46_802 * cr + 32_768 >> 16));
            pixels[i + 2] = clamp(y + (116_130 * cb + 32_768 >> 16));
        }
    }

    private static byte clamp(int value) {
        return (byte) Math.clamp(value, 0, 255);
    }
}
