// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;
import org.survol.core.BadInputException;
import org.survol.core.crs.Crs;

/**
 * Entry points for coverage-guided fuzzing, one nested class per reader: whatever the bytes are, they are read or refused
 * in words. {@link FuzzRun} runs them; any other exception, a hang or too much memory is a finding.
 */
public final class ReaderFuzz {

    private static final int MAX_SIDE = 600;

    private ReaderFuzz() {}

    public static final class Tiff {
        private Tiff() {}

        public static void fuzzerTestOneInput(byte[] data) throws IOException {
            refusedInWords(() -> readAll(TiffReader.open(source(data))));
        }
    }

    /** With the decoder behind it: what it does with damaged tiles matters as much. */
    public static final class Jpeg2000 {
        private Jpeg2000() {}

        public static void fuzzerInitialize() {
            warmUp();
        }

        public static void fuzzerTestOneInput(byte[] data) throws IOException {
            refusedInWords(
                    () -> readAll(Jpeg2000Reader.open(source(data), GeoCompletion.NONE, new BlockCache(1 << 20))));
        }
    }

    public static final class Ascii {
        private Ascii() {}

        public static void fuzzerTestOneInput(byte[] data) throws IOException {
            refusedInWords(
                    () -> readAll(AsciiGridReader.open(source(data), GeoCompletion.NONE, new BlockCache(1 << 20))));
        }
    }

    public static final class World {
        private World() {}

        public static void fuzzerTestOneInput(byte[] data) throws IOException {
            refusedInWords(() -> WorldFile.parse("image.tfw", text(data)));
        }
    }

    public static final class Tab {
        private Tab() {}

        public static void fuzzerTestOneInput(byte[] data) throws IOException {
            refusedInWords(() -> MapInfoTab.parse("image.tab", text(data)));
        }
    }

    public static final class Prj {
        private Prj() {}

        public static void fuzzerInitialize() {
            warmUp();
        }

        public static void fuzzerTestOneInput(byte[] data) throws IOException {
            refusedInWords(() -> Crs.ofWkt(text(data)));
        }
    }

    public static final class Gml {
        private Gml() {}

        public static void fuzzerInitialize() {
            warmUp();
        }

        public static void fuzzerTestOneInput(byte[] data) throws IOException {
            refusedInWords(() ->
                    Gmljp2.parse(data, new Refusal("image.jp2", "JPEG 2000")).geo());
        }
    }

    /** Any file as the chain opens it, whatever it is. */
    public static final class AnyFile {
        private AnyFile() {}

        public static void fuzzerInitialize() {
            warmUp();
        }

        public static void fuzzerTestOneInput(byte[] data) throws IOException {
            refusedInWords(() -> RasterFiles.open(source(data), Siblings.NONE, OptionalInt.of(2154), 1 << 20));
        }
    }

    /** The registry of CRSs and the native library take seconds to start, which is no hang of an input. */
    private static void warmUp() {
        Crs.ofWkt(Crs.ofEpsg(2154).wkt().replaceAll("\\s*,\\s*AUTHORITY\\[[^]]*]", ""));
    }

    private interface Attempt {
        void run() throws IOException;
    }

    private static void refusedInWords(Attempt attempt) throws IOException {
        try {
            attempt.run();
        } catch (BadInputException e) {
            if (e.file().isBlank() || e.reason().isBlank() || e.mend().isBlank()) {
                throw new AssertionError("a refusal without words", e);
            }
        } catch (EOFException e) {
            // a source that ends early may say so
        }
    }

    private static ByteSource source(byte[] data) {
        return ByteSources.ofBytes("fuzzed", data);
    }

    private static String text(byte[] data) {
        return new String(data, StandardCharsets.ISO_8859_1);
    }

    private static void readAll(RasterReader reader) throws IOException {
        for (int level = 0; level < reader.levels(); level++) {
            int width = Math.min(MAX_SIDE, reader.width(level));
            int height = Math.min(MAX_SIDE, reader.height(level));
            if (reader.header().bands() <= 16) {
                reader.readFloats(level, 0, 0, width, height);
                reader.readMask(level, reader.width(level) - width, reader.height(level) - height, width, height);
            }
        }
    }
}
