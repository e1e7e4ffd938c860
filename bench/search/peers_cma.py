"""pycma, cmaes and Optuna on the same functions: rows as CmaBenchmark writes them.

Usage: peers_cma.py SEEDS RESULTS [ROWS]     see rows.py
"""
import itertools
import sys
import types
import warnings

import cma
import cmaes
import numpy as np
import optuna

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


class KeptSampler(optuna.samplers.CmaEsSampler):
    """Optuna's sampler, but its optimizer stays in memory: as it is, each trial unpickles it and decomposes its matrix anew, 16 ms in 64 dimensions."""

    kept = None

    def _get_trials(self, study):
        return study.trials

    def _init_optimizer(self, trans, direction):
        self.kept = super()._init_optimizer(trans, direction)
        return self.kept

    def _restore_optimizer(self, completed_trials):
        return self.kept

    def _split_optimizer_str(self, optimizer_str):
        return {}


class LastGeneration:
    """What the sampler reads of a study."""

    direction = optuna.study.StudyDirection.MINIMIZE

    def __init__(self):
        self._storage, self.trials = self, []

    def _is_multi_objective(self):
        return False

    def set_trial_system_attr(self, trial, key, value):
        trial.system_attrs[key] = value


def with_optuna(n, popsize, sigma0, seed):
    """It searches the unit box, where its default σ₀ is sigma0. It has no stopping rules."""
    sampler = KeptSampler(popsize=popsize, seed=seed + 1, n_startup_trials=0)
    study = LastGeneration()
    space = {f"x{i:03d}": optuna.distributions.FloatDistribution(-5, 5) for i in range(n)}
    numbers, asked = itertools.count(), []

    def trial():
        drawn = types.SimpleNamespace(number=next(numbers), system_attrs={})
        drawn._trial_id = drawn
        drawn.params = sampler.sample_relative(study, drawn, space)
        return drawn

    def ask():
        asked[:] = [trial() for _ in range(popsize)]
        return [np.array([one.params[name] for name in space]) for one in asked]

    def tell(x, f):
        for one, loss in zip(asked, f):
            one.value = loss
        study.trials = list(asked)

    return ask, tell, lambda: False


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
