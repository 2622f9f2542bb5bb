// SPDX-License-Identifier: Apache-2.0
package org.survol.inference;

/** What the operator wants the networks to run on. */
enum Device {
    /** the fastest that this build and this machine have: TensorRT, else CUDA, else the CPU */
    AUTO,
    CPU,
    /** an NVIDIA GPU, or the service does not start */
    CUDA,
    /** an NVIDIA GPU through TensorRT, or the service does not start */
    TENSORRT
}
