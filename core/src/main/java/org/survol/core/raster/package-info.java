// SPDX-License-Identifier: Apache-2.0
/**
 * Rasters: a bounded TIFF reader that reads only what a window touches, and a Cloud-Optimized GeoTIFF writer. Rows run
 * from north to south everywhere, planes are row-major, bands count from 0.
 */
package org.survol.core.raster;
