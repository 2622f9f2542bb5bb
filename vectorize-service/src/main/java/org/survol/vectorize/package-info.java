/**
 * Class maps become one exact map: {@link org.survol.vectorize.VectorizeStage} traces each tile,
 * {@link org.survol.vectorize.Settlement} knows when a run has no tile left to wait for, and
 * {@link org.survol.vectorize.AssembleStage} joins the tiles and writes the product.
 */
package org.survol.vectorize;
