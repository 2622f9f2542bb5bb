// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

/** LZW as TIFF 6.0 section 13 has it: codes of 9 to 12 bits, high bits first, widened one code early. */
final class Lzw {

    private static final int CLEAR = 256;
    private static final int END = 257;
    private static final int FIRST = 258;
    private static final int MAX_CODES = 4_096;

    private Lzw() {}

    /**
     * Every string of the table already stands in the output: it is the string before it and one more byte. So the table
     * keeps places in the output instead of bytes.
     *
     * @return what the input yields, at most {@code size} bytes; fewer when it ends early
     */
    static byte[] decode(byte[] coded, int size, Refusal refusal) {
        if (coded.length > 1 && coded[0] == 0 && (coded[1] & 1) == 1) {
            throw refusal.unsupported("LZW compression of before TIFF 6.0 is not read");
        }
        var out = new byte[size];
        var startOf = new int[MAX_CODES];
        var lengthOf = new int[MAX_CODES];
        int filled = 0;
        int codes = FIRST;
        int bits = 9;
        int previousStart = -1;
        int previousLength = 0;
        int buffer = 0;
        int buffered = 0;
        int at = 0;
        while (filled < size) {
            while (buffered < bits && at < coded.length) {
                buffer = buffer << 8 | coded[at++] & 0xff;
                buffered += 8;
            }
            if (buffered < bits) {
                break;
            }
            int code = buffer >>> (buffered - bits) & (1 << bits) - 1;
            buffered -= bits;
            if (code == END) {
                break;
            }
            if (code == CLEAR) {
                codes = FIRST;
                bits = 9;
                previousStart = -1;
                continue;
            }
            int start = filled;
            if (code < CLEAR) {
                out[filled++] = (byte) code;
            } else {
                boolean known = code < codes;
                if (previousStart < 0 || !known && code != codes) {
                    throw refusal.damaged("an LZW block refers to a string that it has not defined");
                }
                int from = known ? startOf[code] : previousStart;
                int end = Math.min(size, filled + (known ? lengthOf[code] : previousLength + 1));
                // may overlap its own output by one byte, so copied forwards byte by byte
                while (filled < end) {
                    out[filled++] = out[from++];
                }
            }
            if (previousStart >= 0 && codes < MAX_CODES) {
                startOf[codes] = previousStart;
                lengthOf[codes] = previousLength + 1;
                codes++;
                if (codes >= (1 << bits) - 1 && bits < 12) {
                    bits++;
                }
            }
            previousStart = start;
            previousLength = filled - start;
        }
        return filled == size ? out : new byte[0];
    }
}
