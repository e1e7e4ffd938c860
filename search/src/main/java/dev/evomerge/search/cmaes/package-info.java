/**
 * Evolution strategies with covariance matrix adaptation.
 *
 * <p>Sources: N. Hansen, "The CMA Evolution Strategy: A Tutorial" (arXiv 1604.00772, the version of 2023) for CMA-ES with active update; the other
 * classes name theirs.
 */
package dev.evomerge.search.cmaes;
