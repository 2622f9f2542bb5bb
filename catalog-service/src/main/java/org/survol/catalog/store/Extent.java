// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.store;

import java.time.Instant;

/** Where and when a collection's Items lie; both times inclusive. */
public record Extent(LngLatBox bounds, Instant first, Instant last) {}
