// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

import java.nio.ByteBuffer;

/** Names what a file is when it is not a TIFF, by its first bytes. */
final class FileKind {

    private FileKind() {}

    static String of(ByteBuffer first) {
        int b0 = first.get(0) & 0xff;
        int b1 = first.get(1) & 0xff;
        int b2 = first.get(2) & 0xff;
        int b3 = first.get(3) & 0xff;
        String kind;
        if (b0 == 0x89 && b1 == 'P' && b2 == 'N' && b3 == 'G') {
            kind = "a PNG image";
        } else if (b0 == 0xff && b1 == 0xd8) {
            kind = "a JPEG image";
        } else if (b0 == 0 && b1 == 0 && b2 == 0 && (b3 == 12) || b0 == 0xff && b1 == 0x4f) {
            kind = "a JPEG 2000 image";
        } else if (b0 == 'P' && b1 == 'K') {
            kind = "a ZIP archive";
        } else if (b0 == 0x1f && b1 == 0x8b) {
            kind = "a gzip archive";
        } else if (b0 == '<') {
            kind = "an HTML or XML text";
        } else if (b0 == '{' || b0 == '[') {
            kind = "a JSON text";
        } else if (b0 == '%' && b1 == 'P' && b2 == 'D' && b3 == 'F') {
            kind = "a PDF";
        } else {
            return "not a TIFF: unknown first bytes";
        }
        return "not a TIFF but " + kind;
    }
}
