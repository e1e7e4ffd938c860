"""pycma, cmaes and Optuna on the same functions: CSV as CmaBenchmark prints it.

Usage: peers_cma.py SEEDS [TOOL [DIMENSION [FUNCTION]]]
"""
import sys
import warnings

import cma
import cmaes
import numpy as np
import optuna

from landscapes import DIMENSIONS, TARGETS, budget, measured, optimum, population, target, value

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
    sampler = optuna.samplers.CmaEsSampler(
        x0={f"x{i:03d}": 0.0 for i in range(n)}, sigma0=sigma0, popsize=popsize, seed=seed + 1,
        warn_independent_sampling=False)
    study = optuna.create_study(sampler=sampler)
    space = {f"x{i:03d}": optuna.distributions.FloatDistribution(-5, 5) for i in range(n)}
    pending = []

    def ask():
        pending[:] = [study.ask(space) for _ in range(popsize)]
        return [np.array([t.params[k] for k in space]) for t in pending]

    def tell(x, f):
        for trial, loss in zip(pending, f):
            study.tell(trial, loss)

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


def is_for(tool, name, n):
    """Optuna's sampler is cmaes underneath and spends milliseconds a trial: no more than some thousand trials a run."""
    return tool != "optuna" or (n <= 20 and name in ("sphere", "noisy_sphere", "ellipsoid", "step_ellipsoid")) or n == 6


def main():
    seeds, chosen = int(sys.argv[1]), sys.argv[2:]
    for n in DIMENSIONS:
        for tool in TOOLS:
            for name in TARGETS:
                if is_for(tool, name, n) and all(a == b for a, b in zip(chosen, (tool, str(n), name))):
                    for seed in range(seeds):
                        print(f"{tool},{name},{n},{seed},{hit(tool, name, n, seed)}", flush=True)


main()
