/**
 * The finished map as files: each polygon with its attributes, in one fixed order, written while streaming. Equal maps
 * give equal bytes.
 */
package org.survol.vectorize.product;
