// SPDX-License-Identifier: Apache-2.0
/**
 * Turns a tile's stack into a class map with probabilities, with a known model. {@link org.survol.inference.InferenceStage}
 * reads like the step; {@link org.survol.inference.WindowFeed} keeps the device busy;
 * {@link org.survol.inference.OnnxNetwork} and {@link org.survol.inference.Accelerator} know ONNX Runtime.
 */
package org.survol.inference;
