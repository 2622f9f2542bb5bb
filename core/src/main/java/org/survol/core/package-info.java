// SPDX-License-Identifier: Apache-2.0
/**
 * What the Survol services share: vocabulary, events, object store, rasters. Nothing here knows Quarkus or Kafka.
 */
package org.survol.core;
