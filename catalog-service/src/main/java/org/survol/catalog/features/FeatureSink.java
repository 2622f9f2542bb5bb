// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.features;

import java.io.Closeable;
import java.io.IOException;

/** Takes features one by one into a file of some format; the file is whole when it has been closed. */
interface FeatureSink extends Closeable {

    void write(FlatGeobuf.Entry entry) throws IOException;
}
