/**
 * From class pixels to an exact coverage, in whole lattice coordinates of the absolute pixel grid: x is the column of a
 * pixel's west edge, y the row of its north edge, y grows southwards. Nothing here knows metres, files or messages.
 *
 * <p>{@link org.survol.vectorize.topology.TileTracer} traces one tile and leaves its edges open,
 * {@link org.survol.vectorize.topology.CoverageAssembler} joins tiles into a {@link org.survol.vectorize.topology.PlanarMap},
 * {@link org.survol.vectorize.topology.MinimumMappingUnit} removes what is too small, and the map gives each region's rings.
 */
package org.survol.vectorize.topology;
