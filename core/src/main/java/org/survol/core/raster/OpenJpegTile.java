// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.survol.core.BadInputException;

/**
 * One tile of a JPEG 2000 file at one resolution in OpenJPEG's hands: its bytes are taken in with the first window and
 * kept, compressed, for the others. For one thread at a time; native memory until it is closed.
 */
final class OpenJpegTile implements AutoCloseable {

    /** Takes a row of one component. */
    interface RowSink {
        void row(int component, int row, int[] samples);
    }

    private static final long STREAM_BUFFER_BYTES = 1 << 16;
    /** Bytes fetched at once when the library takes in a whole tile. */
    private static final int FETCH_BYTES = 4 << 20;

    private static final long END_OF_STREAM = -1;

    private static final Map<Long, OpenJpegTile> OPEN = new ConcurrentHashMap<>();
    private static final AtomicLong NEXT = new AtomicLong(1);

    private final ByteSource codestream;
    private final Refusal refusal;
    private final long id = NEXT.getAndIncrement();
    private final int reduction;

    private MemorySegment codec = MemorySegment.NULL;
    private MemorySegment stream = MemorySegment.NULL;
    private MemorySegment image = MemorySegment.NULL;

    private long position;
    private Throwable failure;
    private String complaint = "";

    /**
     * @param codestream of one tile and no other
     * @param reduction how often the image is halved
     */
    OpenJpegTile(ByteSource codestream, int reduction, Refusal refusal) throws IOException {
        this.codestream = codestream;
        this.reduction = reduction;
        this.refusal = refusal;
        OPEN.put(id, this);
        try {
            open();
        } catch (Throwable e) {
            close();
            throw e;
        }
    }

    /** Compressed bytes that stay in native memory. */
    long bytes() throws IOException {
        return codestream.length();
    }

    private void open() throws IOException {
        try (var arena = Arena.ofConfined()) {
            codec = pointer(OpenJpeg.CREATE_DECOMPRESS, OpenJpeg.CODEC_J2K);
            var parameters = arena.allocate(OpenJpeg.PARAMETERS_BYTES, 16);
            call(() -> {
                OpenJpeg.SET_DEFAULTS.invokeExact(parameters);
            });
            var me = MemorySegment.ofAddress(id);
            require(() -> (int) OpenJpeg.SET_ERROR_HANDLER.invokeExact(codec, Callbacks.COMPLAIN, me));
            require(() -> (int) OpenJpeg.SETUP_DECODER.invokeExact(codec, parameters));
            require(() -> (int) OpenJpeg.SET_STRICT.invokeExact(codec, 1));

            stream = pointer(() -> (MemorySegment) OpenJpeg.CREATE_STREAM.invokeExact(STREAM_BUFFER_BYTES, 1));
            long length = codestream.length();
            call(() -> {
                OpenJpeg.SET_USER_DATA.invokeExact(stream, me, MemorySegment.NULL);
                OpenJpeg.SET_LENGTH.invokeExact(stream, length);
                OpenJpeg.SET_READ.invokeExact(stream, Callbacks.READ);
                OpenJpeg.SET_SKIP.invokeExact(stream, Callbacks.SKIP);
                OpenJpeg.SET_SEEK.invokeExact(stream, Callbacks.SEEK);
            });
            var result = arena.allocate(ADDRESS);
            try {
                require(() -> (int) OpenJpeg.READ_HEADER.invokeExact(stream, codec, result));
            } finally {
                image = result.get(ADDRESS, 0);
            }
            require(() -> (int) OpenJpeg.SET_REDUCTION.invokeExact(codec, reduction));
        }
    }

    /**
     * Decodes a window, given on the reference grid.
     *
     * @param width pixels that the window has at this resolution, {@code height} likewise
     * @throws BadInputException when the tile is damaged
     * @throws IOException when its bytes could not be read now
     */
    void decode(int x0, int y0, int x1, int y1, int width, int height, int components, RowSink sink)
            throws IOException {
        require(() -> (int) OpenJpeg.SET_AREA.invokeExact(codec, image, x0, y0, x1, y1));
        require(() -> (int) OpenJpeg.DECODE.invokeExact(codec, stream, image));
        var head = image.reinterpret(OpenJpeg.IMAGE_BYTES);
        if (head.get(JAVA_INT, OpenJpeg.IMAGE_NUMCOMPS) != components) {
            throw refusal.damaged("a tile has other components than its image");
        }
        var all = head.get(ADDRESS, OpenJpeg.IMAGE_COMPS).reinterpret(components * OpenJpeg.COMPONENT_BYTES);
        var row = new int[width];
        for (int c = 0; c < components; c++) {
            long at = c * OpenJpeg.COMPONENT_BYTES;
            int w = all.get(JAVA_INT, at + OpenJpeg.COMPONENT_W);
            int h = all.get(JAVA_INT, at + OpenJpeg.COMPONENT_H);
            var data = all.get(ADDRESS, at + OpenJpeg.COMPONENT_DATA);
            if (w != width || h != height || data.address() == 0) {
                throw refusal.damaged(
                        "a tile decodes to " + w + " x " + h + " pixels instead of " + width + " x " + height);
            }
            var samples = data.reinterpret(4L * w * h);
            for (int y = 0; y < h; y++) {
                MemorySegment.copy(samples, JAVA_INT, 4L * w * y, row, 0, w);
                sink.row(c, y, row);
            }
        }
    }

    @Override
    public void close() {
        OPEN.remove(id);
        if (image.address() != 0) {
            var freed = image;
            image = MemorySegment.NULL;
            call(() -> {
                OpenJpeg.DESTROY_IMAGE.invokeExact(freed);
            });
        }
        if (stream.address() != 0) {
            var freed = stream;
            stream = MemorySegment.NULL;
            call(() -> {
                OpenJpeg.DESTROY_STREAM.invokeExact(freed);
            });
        }
        if (codec.address() != 0) {
            var freed = codec;
            codec = MemorySegment.NULL;
            call(() -> {
                OpenJpeg.DESTROY_CODEC.invokeExact(freed);
            });
        }
    }

    private interface Call {
        void run() throws Throwable;
    }

    private interface Question {
        int ask() throws Throwable;
    }

    private interface Maker {
        MemorySegment make() throws Throwable;
    }

    private static void call(Call call) {
        try {
            call.run();
        } catch (Error | RuntimeException e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    private static MemorySegment pointer(Maker maker) {
        var made = new MemorySegment[1];
        call(() -> made[0] = maker.make());
        if (made[0].address() == 0) {
            throw new OutOfMemoryError("OpenJPEG has no memory");
        }
        return made[0];
    }

    private static MemorySegment pointer(MethodHandle create, int kind) {
        return pointer(() -> (MemorySegment) create.invokeExact(kind));
    }

    /** C says 1 when it went well. What the source threw meanwhile is the truer reason. */
    private void require(Question question) throws IOException {
        var answer = new int[1];
        call(() -> answer[0] = question.ask());
        switch (failure) {
            case null -> {
                if (answer[0] != 1) {
                    throw refusal.damaged(complaint.isEmpty() ? "it cannot be decoded" : complaint);
                }
            }
            case IOException e -> throw new IOException(e.getMessage(), e);
            case Error e -> throw e;
            case RuntimeException e -> throw e;
            default -> throw new IllegalStateException(failure);
        }
    }

    private long fill(MemorySegment buffer, long wanted) {
        try {
            long count = Math.min(wanted, codestream.length() - position);
            if (count <= 0 || failure != null) {
                return END_OF_STREAM;
            }
            var target = buffer.reinterpret(count);
            for (long done = 0; done < count; ) {
                int piece = (int) Math.min(FETCH_BYTES, count - done);
                MemorySegment.copy(codestream.read(position, piece), 0, target, JAVA_BYTE, done, piece);
                done += piece;
                position += piece;
            }
            return count;
        } catch (Throwable e) {
            failure = e;
            return END_OF_STREAM;
        }
    }

    private long skip(long count) {
        try {
            if (count < 0 || count > codestream.length() - position) {
                return END_OF_STREAM;
            }
            position += count;
            return count;
        } catch (Throwable e) {
            failure = e;
            return END_OF_STREAM;
        }
    }

    private boolean seek(long to) {
        try {
            if (to < 0 || to > codestream.length()) {
                return false;
            }
            position = to;
            return true;
        } catch (Throwable e) {
            failure = e;
            return false;
        }
    }

    /** What C calls. An exception that left here would end the process, so none does. */
    private static final class Callbacks {

        static final MemorySegment READ = OpenJpeg.callback(
                Callbacks.class,
                "read",
                MethodType.methodType(long.class, MemorySegment.class, long.class, MemorySegment.class),
                FunctionDescriptor.of(JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS));
        static final MemorySegment SKIP = OpenJpeg.callback(
                Callbacks.class,
                "skip",
                MethodType.methodType(long.class, long.class, MemorySegment.class),
                FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, ADDRESS));
        static final MemorySegment SEEK = OpenJpeg.callback(
                Callbacks.class,
                "seek",
                MethodType.methodType(int.class, long.class, MemorySegment.class),
                FunctionDescriptor.of(JAVA_INT, JAVA_LONG, ADDRESS));
        static final MemorySegment COMPLAIN = OpenJpeg.callback(
                Callbacks.class,
                "complain",
                MethodType.methodType(void.class, MemorySegment.class, MemorySegment.class),
                FunctionDescriptor.ofVoid(ADDRESS, ADDRESS));

        private static final int LONGEST_MESSAGE = 512;

        private Callbacks() {}

        static long read(MemorySegment buffer, long count, MemorySegment whose) {
            var tile = OPEN.get(whose.address());
            return tile == null ? END_OF_STREAM : tile.fill(buffer, count);
        }

        static long skip(long count, MemorySegment whose) {
            var tile = OPEN.get(whose.address());
            return tile == null ? END_OF_STREAM : tile.skip(count);
        }

        static int seek(long to, MemorySegment whose) {
            var tile = OPEN.get(whose.address());
            return tile != null && tile.seek(to) ? 1 : 0;
        }

        /** The library writes into a buffer of 512 bytes and ends it. The first complaint is the cause of the others. */
        static void complain(MemorySegment message, MemorySegment whose) {
            try {
                var tile = OPEN.get(whose.address());
                if (tile != null && tile.complaint.isEmpty()) {
                    tile.complaint = message.reinterpret(LONGEST_MESSAGE)
                            .getString(0)
                            .strip()
                            .replaceAll("\\.$", "");
                }
            } catch (RuntimeException e) {
                // a message that cannot be read is no reason to fail
            }
        }
    }
}
