// SPDX-License-Identifier: Apache-2.0
/**
 * A delivered acquisition becomes tiles with a known grid and CRS: {@link org.survol.ingest.Intake} takes it in,
 * {@link org.survol.ingest.PlanStage} decides grid, model and tiles from headers only, {@link org.survol.ingest.TileStage}
 * cuts one tile's stack from the sources.
 */
package org.survol.ingest;
