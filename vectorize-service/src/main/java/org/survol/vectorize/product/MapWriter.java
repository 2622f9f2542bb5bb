// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.product;

import java.io.IOException;

/** Writes a map into one file. Closing without {@link #finish} leaves a file that is no product. */
interface MapWriter extends AutoCloseable {

    void write(MapFeature feature) throws IOException;

    /** Completes the file; nothing can be written afterwards. */
    void finish(MapExtent extent) throws IOException;

    @Override
    void close() throws IOException;
}
