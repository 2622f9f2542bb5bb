// SPDX-License-Identifier: Apache-2.0
/**
 * Sample flights: a believable landscape made from a seed, rendered at 0.2 m and delivered as a survey would deliver it
 * (overlapping strips, elevation models, a STAC Item), together with its truth.
 *
 * <p>The steps: {@link org.survol.scene.LayoutPlanner} lays out vector features (a {@link org.survol.scene.Layout});
 * {@link org.survol.scene.GroundPainter} paints them into blocks of surface and height; {@link org.survol.scene.Light}
 * turns those into radiance; {@link org.survol.scene.SceneGenerator} cuts radiance into strips and writes the folder.
 */
package org.survol.scene;
