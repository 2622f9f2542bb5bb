// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

import java.io.IOException;

/** Bytes that can be read from anywhere: a file, an object in a store, an array. Safe to use from several threads. */
public interface ByteSource {

    /** What to call it in a message to a person. */
    String name();

    long length() throws IOException;

    /** Exactly {@code length} bytes from {@code offset}; fails when the source ends earlier. */
    byte[] read(long offset, int length) throws IOException;
}
