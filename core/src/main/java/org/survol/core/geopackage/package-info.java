// SPDX-License-Identifier: Apache-2.0
/** GeoPackages as products and downloads are delivered in; who writes them brings SQLite along. */
package org.survol.core.geopackage;
