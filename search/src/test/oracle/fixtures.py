"""Writes the fixtures in ../resources/oracle from independent implementations.

cmaes 0.13.1, cma 4.5.0, pymoo 0.6.2, scipy 1.17.1, numpy 2.4.6. The first argument is the output of the class
dev.evomerge.search.cmaes.Trace (our samples, which an independent CMA-ES learns from).
"""
import csv
import pathlib
import sys

import cma
import cmaes
import numpy as np
from pymoo.indicators.hv import HV
from pymoo.operators.survival.rank_and_crowding.metrics import calc_crowding_distance
from pymoo.util.nds.non_dominated_sorting import NonDominatedSorting
from scipy import stats

OUT = pathlib.Path(__file__).parent.parent / "resources" / "oracle"


def write(name, rows):
    with open(OUT / name, "w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def joined(values):
    return " ".join(repr(float(v)) for v in values)


def by_tutorial(es):
    """cmaes leaves out the 1/4 in the rank-mu learning rate that the tutorial (and pycma) have: put it back."""
    n, mu_eff, weights = es._n_dim, es._mu_eff, es._weights
    es._cmu = min(1 - es._c1, 2 * (0.25 + mu_eff - 2 + 1 / mu_eff) / ((n + 2) ** 2 + mu_eff))
    negative = np.minimum(0, np.log((es._popsize + 1) / 2) - np.log(np.arange(1, es._popsize + 1)))
    mu_eff_negative = negative.sum() ** 2 / (negative ** 2).sum()
    mass = min(1 + es._c1 / es._cmu, 1 + 2 * mu_eff_negative / (mu_eff + 2), (1 - es._c1 - es._cmu) / (n * es._cmu))
    es._weights = np.where(weights >= 0, weights, mass * negative / -negative.sum())
    return es


def constants():
    for n, lam in [(1, 4), (2, 6), (6, 9), (20, 12), (64, 16), (64, 64)]:
        es = by_tutorial(cmaes.CMA(mean=np.zeros(n), sigma=1.0, population_size=lam))
        if n > 1:
            peer = cma.CMAEvolutionStrategy(np.zeros(n), 1, dict(popsize=lam, verbose=-9))
            assert np.isclose(es._cmu, peer.sp.cmu, rtol=1e-12), (n, lam, es._cmu, peer.sp.cmu)
        yield [n, lam, es._mu_eff, es._c_sigma, es._d_sigma, es._cc, es._c1, es._cmu, joined(es._weights)]


def recombination():
    """pycma's positive weights."""
    for lam in (4, 6, 9, 12, 16, 64):
        weights = cma.recombination_weights.RecombinationWeights(lam)
        yield [lam, weights.mueff, joined(weights[:weights.mu])]


def states(trace):
    rows = [[float(v) for v in row] for row in csv.reader(open(trace))]
    es = by_tutorial(cmaes.CMA(mean=np.full(5, 0.5), sigma=0.05, population_size=8))
    for generation in range(10):
        told = [(np.array(row[1:-1]), row[-1]) for row in rows if row[0] == generation]
        es.tell(told)
        yield [generation, repr(float(es._sigma)), joined(es._mean), joined(es._C.flatten())]


def fronts():
    rng = np.random.default_rng(11)
    for objectives in (2, 3, 4):
        for n in (5, 30):
            losses = rng.integers(0, 12, (n, objectives)) / 4
            ranks = np.empty(n, int)
            sorted_fronts = NonDominatedSorting().do(losses)
            for rank, front in enumerate(sorted_fronts):
                ranks[front] = rank
            reference = np.full(objectives, 3.5)
            first = np.unique(losses[sorted_fronts[0]], axis=0)
            crowding = calc_crowding_distance(first, filter_out_duplicates=False)
            yield [objectives, joined(losses.flatten()), joined(ranks), repr(float(HV(reference)(losses))),
                   joined(first.flatten()), joined(crowding)]


def intervals():
    for n in (10, 60, 250):
        for right in (0, 1, n // 3, n):
            for among in (1, 3):
                ci = stats.binomtest(right, n).proportion_ci(1 - 0.05 / among, method="wilson")
                yield [n, right, among, repr(float(ci.low)), repr(float(ci.high))]


def signs():
    for better, worse in [(0, 0), (1, 0), (5, 1), (9, 10), (30, 12), (200, 150)]:
        p = stats.binomtest(better, better + worse).pvalue if better + worse else 1.0
        yield [better, worse, repr(float(p))]


def normal():
    for x in np.concatenate([np.linspace(-8, 8, 41), [-1e-9, 1e-9]]):
        yield [repr(float(x)), repr(float(stats.norm.cdf(x)))]


write("cma-constants.csv", constants())
write("recombination-weights.csv", recombination())
write("cma-states.csv", states(sys.argv[1]))
write("pareto.csv", fronts())
write("wilson.csv", intervals())
write("sign-test.csv", signs())
write("normal.csv", normal())
