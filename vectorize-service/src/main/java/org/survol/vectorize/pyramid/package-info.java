/**
 * The map as vector tiles, coarser from zoom to zoom and a coverage on each: {@link org.survol.vectorize.pyramid.TilePyramid}.
 */
package org.survol.vectorize.pyramid;
