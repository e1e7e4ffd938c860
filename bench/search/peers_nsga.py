"""pymoo's NSGA-II on the same problems, measured in the same way: rows as NsgaBenchmark writes them.

Usage: peers_nsga.py SEEDS RESULTS [ROWS]     see rows.py
"""
import sys

import numpy as np
from pymoo.algorithms.moo.nsga2 import NSGA2
from pymoo.indicators.hv import HV
from pymoo.optimize import minimize
from pymoo.problems import get_problem

from rows import Rows

POPULATION, GENERATIONS, LAST = 100, 200, 10
PROBLEMS = {"zdt1": {}, "zdt2": {}, "zdt3": {}, "dtlz2": dict(n_var=12, n_obj=3)}


def hypervolume(problem, seed):
    found = []
    minimize(problem, NSGA2(pop_size=POPULATION), ("n_gen", GENERATIONS), seed=seed + 1,
             callback=lambda algorithm: found.append(algorithm.off.get("F") if algorithm.n_gen > 1
                                                     else algorithm.pop.get("F")))
    return HV(np.full(problem.n_obj, 1.1))(np.concatenate(found[-LAST:]))


seeds, rows = int(sys.argv[1]), Rows(*sys.argv[2:])
for name, arguments in PROBLEMS.items():
    problem = get_problem(name, **arguments)
    for seed in range(seeds):
        rows.measure(("pymoo", name, seed), lambda: f"{hypervolume(problem, seed):.8f}")
