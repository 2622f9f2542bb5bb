// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * OpenJPEG 2.5 as C sees it. The library comes from a jar on the class path and is never the system's, so every machine
 * decodes with the same code. Structures are laid out as in openjpeg.h of 2.5 on 64-bit machines.
 */
final class OpenJpeg {

    /** Codestreams only; the boxes of JP2 files are read in Java. */
    static final int CODEC_J2K = 0;

    /** {@code opj_dparameters_t} is 8,252 bytes long; only the library itself fills it. */
    static final long PARAMETERS_BYTES = 16_384;

    /** {@code opj_image_t}: x0, y0, x1, y1, numcomps, color_space (4 bytes each), comps, ICC profile and its length. */
    static final long IMAGE_BYTES = 48;

    static final long IMAGE_NUMCOMPS = 16;
    static final long IMAGE_COMPS = 24;
    /** {@code opj_image_comp_t}: dx, dy, w, h, x0, y0, prec, bpp, sgnd, resno_decoded, factor, (4) data, alpha. */
    static final long COMPONENT_BYTES = 64;

    static final long COMPONENT_W = 8;
    static final long COMPONENT_H = 12;
    static final long COMPONENT_DATA = 48;

    private static final String LIBRARY = "org/bytedeco/leptonica/%s/%s";

    private static final Linker LINKER = Linker.nativeLinker();
    private static final SymbolLookup SYMBOLS = load();

    static final MethodHandle CREATE_DECOMPRESS = function("opj_create_decompress", ADDRESS, JAVA_INT);
    static final MethodHandle SET_DEFAULTS = procedure("opj_set_default_decoder_parameters", ADDRESS);
    static final MethodHandle SETUP_DECODER = function("opj_setup_decoder", JAVA_INT, ADDRESS, ADDRESS);
    static final MethodHandle SET_STRICT = function("opj_decoder_set_strict_mode", JAVA_INT, ADDRESS, JAVA_INT);
    static final MethodHandle SET_ERROR_HANDLER =
            function("opj_set_error_handler", JAVA_INT, ADDRESS, ADDRESS, ADDRESS);
    static final MethodHandle READ_HEADER = function("opj_read_header", JAVA_INT, ADDRESS, ADDRESS, ADDRESS);
    static final MethodHandle SET_REDUCTION =
            function("opj_set_decoded_resolution_factor", JAVA_INT, ADDRESS, JAVA_INT);
    static final MethodHandle SET_AREA =
            function("opj_set_decode_area", JAVA_INT, ADDRESS, ADDRESS, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT);
    static final MethodHandle DECODE = function("opj_decode", JAVA_INT, ADDRESS, ADDRESS, ADDRESS);
    static final MethodHandle DESTROY_CODEC = procedure("opj_destroy_codec", ADDRESS);
    static final MethodHandle DESTROY_IMAGE = procedure("opj_image_destroy", ADDRESS);
    static final MethodHandle CREATE_STREAM = function("opj_stream_create", ADDRESS, JAVA_LONG, JAVA_INT);
    static final MethodHandle DESTROY_STREAM = procedure("opj_stream_destroy", ADDRESS);
    static final MethodHandle SET_USER_DATA = procedure("opj_stream_set_user_data", ADDRESS, ADDRESS, ADDRESS);
    static final MethodHandle SET_LENGTH = procedure("opj_stream_set_user_data_length", ADDRESS, JAVA_LONG);
    static final MethodHandle SET_READ = procedure("opj_stream_set_read_function", ADDRESS, ADDRESS);
    static final MethodHandle SET_SKIP = procedure("opj_stream_set_skip_function", ADDRESS, ADDRESS);
    static final MethodHandle SET_SEEK = procedure("opj_stream_set_seek_function", ADDRESS, ADDRESS);

    private OpenJpeg() {}

    /** A pointer that C may call for as long as the process runs. */
    static MemorySegment callback(Class<?> owner, String method, MethodType type, FunctionDescriptor descriptor) {
        try {
            var target =
                    MethodHandles.privateLookupIn(owner, MethodHandles.lookup()).findStatic(owner, method, type);
            return LINKER.upcallStub(target, descriptor, Arena.global());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static MethodHandle function(String name, MemoryLayout result, MemoryLayout... arguments) {
        return LINKER.downcallHandle(symbol(name), FunctionDescriptor.of(result, arguments));
    }

    private static MethodHandle procedure(String name, MemoryLayout... arguments) {
        return LINKER.downcallHandle(symbol(name), FunctionDescriptor.ofVoid(arguments));
    }

    private static MemorySegment symbol(String name) {
        return SYMBOLS.find(name).orElseThrow(() -> new IllegalStateException("the library has no " + name));
    }

    /** Nothing that others may write to is loaded: the copy lies in a folder of our own and goes once it is mapped. */
    private static SymbolLookup load() {
        var os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        var arch = System.getProperty("os.arch").equals("aarch64") ? "arm64" : "x86_64";
        boolean mac = os.contains("mac");
        var resource = LIBRARY.formatted(
                (mac ? "macosx-" : os.contains("linux") ? "linux-" : os + "-") + arch,
                mac ? "libleptonica.6.dylib" : "libleptonica.so.6");
        Path folder = null;
        Path file = null;
        try (var in = OpenJpeg.class.getClassLoader().getResourceAsStream(resource)) {
            if (in == null) {
                throw new UnsatisfiedLinkError(resource + " is not on the class path");
            }
            folder = Files.createTempDirectory("survol-openjpeg-");
            file = folder.resolve("openjpeg");
            Files.copy(in, file);
            var symbols = SymbolLookup.libraryLookup(file, Arena.global());
            requireVersion(symbols);
            return symbols;
        } catch (IOException e) {
            throw new UncheckedIOException("OpenJPEG cannot be unpacked", e);
        } finally {
            try {
                if (file != null) {
                    Files.deleteIfExists(file);
                    Files.deleteIfExists(folder);
                }
            } catch (IOException e) {
                folder.toFile().deleteOnExit();
            }
        }
    }

    /** The layouts above hold for 2.5 and for no other. */
    private static void requireVersion(SymbolLookup symbols) {
        var address = symbols.find("opj_version").orElseThrow(() -> new UnsatisfiedLinkError("opj_version"));
        try {
            var version = (MemorySegment) LINKER.downcallHandle(address, FunctionDescriptor.of(ADDRESS))
                    .invokeExact();
            var text = version.reinterpret(32).getString(0);
            if (!text.startsWith("2.5.")) {
                throw new UnsatisfiedLinkError("OpenJPEG " + text + " instead of 2.5");
            }
        } catch (Error | RuntimeException e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
