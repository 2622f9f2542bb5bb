// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.store;

import java.time.Instant;
import java.util.Optional;

/**
 * Where and when a collection's Items lie; both times inclusive.
 *
 * @param bounds absent when they lie nowhere
 */
public record Extent(Optional<LngLatBox> bounds, Instant first, Instant last) {}
