"""pycma, cmaes and Optuna on the same functions: rows as CmaBenchmark writes them.

Usage: peers_cma.py SEEDS RESULTS [ROWS]     see rows.py
"""
import itertools
import sys
import warnings

import cma
import cmaes
import numpy as np
import optuna
from optuna._transform import _SearchSpaceTransform as SearchSpaceTransform

from landscapes import DIMENSIONS, TARGETS, budget, measured, optimum, population, target, value
from rows import Rows

warnings.filterwarnings("ignore")
optuna.logging.set_verbosity(optuna.logging.ERROR)


def with_pycma(n, popsize, sigma0, seed):
    """Its defaults, default bound handling and stopping rules included."""
    es = cma.CMAEvolutionStrategy(np.zeros(n), sigma0, dict(
        bounds=[-5, 5], popsize=popsize, seed=seed + 1, verbose=-9))
    return lambda: es.ask(), lambda x, f: es.tell(x, list(f)), es.stop


def with_cmaes(n, popsize, sigma0, seed):
    es = cmaes.CMA(mean=np.zeros(n), sigma=sigma0, bounds=np.array([[-5, 5]] * n), population_size=popsize,
                   seed=seed + 1)
    return lambda: [es.ask() for _ in range(popsize)], lambda x, f: es.tell(list(zip(x, f))), es.should_stop


def with_optuna(n, popsize, sigma0, seed):
    """What CmaEsSampler.sample_relative does per trial, with the sampler's own optimizer and random numbers, but without a study.

    A study costs up to 16 ms a trial in 64 dimensions, on storing the optimizer and on decomposing its matrix anew. The sampler searches the unit box,
    where its default σ₀ is sigma0, and has no stopping rules.
    """
    sampler = optuna.samplers.CmaEsSampler(popsize=popsize, seed=seed + 1, n_startup_trials=0)
    space = {f"x{i:03d}": optuna.distributions.FloatDistribution(-5, 5) for i in range(n)}
    transform = SearchSpaceTransform(space, transform_0_1=True)
    optimizer = sampler._init_optimizer(transform, optuna.study.StudyDirection.MINIMIZE)
    draws, numbers = sampler._cma_rng.rng, itertools.count()

    def trial():
        optimizer._rng.seed(draws.randint(1, 2**16) + next(numbers))
        return -5 + 10 * optimizer.ask()

    def tell(x, f):
        optimizer.tell([((point + 5) / 10, loss) for point, loss in zip(x, f)])

    return lambda: [trial() for _ in range(popsize)], tell, lambda: False


SIGMA = 10 / 6
TOOLS = {"pycma": with_pycma, "cmaes": with_cmaes, "optuna": with_optuna}


def hit(tool, name, n, seed):
    best, rng = optimum(n, seed), np.random.default_rng(seed)
    ask, tell, stopped = TOOLS[tool](n, population(name, n), SIGMA, seed)
    evaluations = 0
    while evaluations < budget(name, n) and not stopped():
        x = ask()
        values = value(name, np.array(x), best)
        hits = np.flatnonzero(values <= target(name, n))
        if len(hits):
            return evaluations + int(hits[0]) + 1
        evaluations += len(x)
        tell(x, measured(name, values, rng))
    return "inf"


def main():
    seeds, rows = int(sys.argv[1]), Rows(*sys.argv[2:])
    for n in DIMENSIONS:
        for tool in TOOLS:
            for name in TARGETS:
                for seed in range(seeds):
                    rows.measure((tool, name, n, seed), lambda: hit(tool, name, n, seed))


if __name__ == "__main__":
    main()
