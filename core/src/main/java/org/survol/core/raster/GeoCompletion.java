// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

import java.io.IOException;

/** Adds what is known from elsewhere to what a file itself tells about where it lies. */
@FunctionalInterface
interface GeoCompletion {

    GeoCompletion NONE = own -> own;

    Georeferencing complete(Georeferencing own) throws IOException;
}
