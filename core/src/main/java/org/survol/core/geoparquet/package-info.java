// SPDX-License-Identifier: Apache-2.0
/** GeoParquet files, written feature by feature. */
package org.survol.core.geoparquet;
