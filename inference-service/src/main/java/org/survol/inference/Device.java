// SPDX-License-Identifier: Apache-2.0
package org.survol.inference;

/** What the operator wants the networks to run on. */
enum Device {
    /** the GPU when this build and this machine have one, else the CPU */
    AUTO,
    CPU,
    /** the GPU, or the service does not start */
    CUDA
}
