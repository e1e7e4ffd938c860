"""pymoo's NSGA-II on the same problems, measured in the same way: CSV as NsgaBenchmark prints it."""
import sys

import numpy as np
from pymoo.algorithms.moo.nsga2 import NSGA2
from pymoo.indicators.hv import HV
from pymoo.optimize import minimize
from pymoo.problems import get_problem

POPULATION, GENERATIONS, LAST = 100, 200, 10
PROBLEMS = {"zdt1": {}, "zdt2": {}, "zdt3": {}, "dtlz2": dict(n_var=12, n_obj=3)}

for name, arguments in PROBLEMS.items():
    problem = get_problem(name, **arguments)
    for seed in range(int(sys.argv[1])):
        found = []
        minimize(problem, NSGA2(pop_size=POPULATION), ("n_gen", GENERATIONS), seed=seed + 1,
                 callback=lambda algorithm: found.append(algorithm.off.get("F") if algorithm.n_gen > 1
                                                         else algorithm.pop.get("F")))
        volume = HV(np.full(problem.n_obj, 1.1))(np.concatenate(found[-LAST:]))
        print(f"pymoo,{name},{seed},{volume:.8f}", flush=True)
