// SPDX-License-Identifier: Apache-2.0
/** Coordinate reference systems and transforms between them. The only package that imports GeoTools. */
package org.survol.core.crs;
