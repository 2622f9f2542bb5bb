// SPDX-License-Identifier: Apache-2.0
package org.survol.inference;

/** The device or its runtime failed on a sound model and a sound stack; another try, or another device, may do it. */
sealed class InferenceException extends Exception permits OutOfDeviceMemoryException {

    private static final long serialVersionUID = 1;

    InferenceException(String message, Throwable cause) {
        super(message, cause);
    }
}
