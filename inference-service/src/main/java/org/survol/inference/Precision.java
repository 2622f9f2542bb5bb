// SPDX-License-Identifier: Apache-2.0
package org.survol.inference;

/** How a GPU multiplies. The CPU always computes in 32 bits, networks stored in 16 bits in 16. */
enum Precision {
    /** 32-bit floats throughout */
    FLOAT32,
    /** products rounded to 10 bits of fraction where the GPU has cores for it (Ampere and newer), sums in 32 bits */
    TF32,
    /** 16-bit floats where TensorRT finds them safe; without TensorRT the same as TF32 */
    FLOAT16
}
