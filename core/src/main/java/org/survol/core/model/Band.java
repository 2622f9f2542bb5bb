// SPDX-License-Identifier: Apache-2.0
package org.survol.core.model;

/** What a band of a stack measures; in the 8-bit stack all are 0 to 255. */
public enum Band {
    RED,
    GREEN,
    BLUE,
    NIR,
    /** height above ground, DSM minus DTM, 1 DN = 0.2 m, clipped at 51 m */
    ELEVATION
}
