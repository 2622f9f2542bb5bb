// SPDX-License-Identifier: Apache-2.0
package org.survol.inference;

/** The device has no room for what was asked of it; less may fit. */
final class OutOfDeviceMemoryException extends InferenceException {

    private static final long serialVersionUID = 1;

    OutOfDeviceMemoryException(String message, Throwable cause) {
        super(message, cause);
    }
}
