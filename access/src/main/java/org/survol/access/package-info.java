// SPDX-License-Identifier: Apache-2.0
/** Who may do what over HTTP. */
package org.survol.access;
