"""Searches by pycma that estimate a candidate's score from few questions as mergenetic does: rows as QuestionsBenchmark writes them.

Usage: peers_questions.py TABLE SEEDS RESULTS ROWS JAVA…     ROWS: see rows.py; JAVA…: the command that starts LandscapeServer

mergenetic's estimators are called as they are in its package. Its item parameters come from public leaderboards; here they are fitted to 100 real
merges of the table with all their answers, which are not counted. As in mergenetic, one subset serves the whole search. Like ours, three finalists
are told apart on the selection questions.
"""
import importlib
import importlib.util
import subprocess
import sys
import types
import warnings

import cma
import numpy as np

from rows import Rows

warnings.filterwarnings("ignore")

# The estimators alone: the package itself loads vLLM, transformers and more, which they do not need.
package = types.ModuleType("mergenetic")
package.__path__ = importlib.util.find_spec("mergenetic").submodule_search_locations
package.PROJECT_ROOT = "."
sys.modules["mergenetic"] = package
estimators = importlib.import_module("mergenetic.estimator.utils")

POOL, SELECTION, UNSEEN = slice(0, 500), slice(500, 700), slice(700, 900)
EVALUATIONS, POPULATION, FINALISTS, DIMENSIONS = 200, 8, 3, 3
ASKED = (50, 25)


class Landscape:
    def __init__(self, command):
        self.server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def choose(self, seed):
        self._tell("landscape", seed)

    def answers(self, genome):
        self._tell("merge", *(f"{gene:.17g}" for gene in genome))
        return np.frombuffer(self.server.stdout.readline().strip().encode(), np.uint8) - ord("0")

    def _tell(self, *words):
        print(*words, file=self.server.stdin, flush=True)


def read(table):
    """Genomes' outcomes of the real merges."""
    lines = [line.rstrip("\n").split("\t")[1] for line in open(table) if not line.startswith("#")]
    return np.array([[int(bit) for bit in f"{int(line, 16):0{4 * len(line)}b}"] for line in lines])


def item_parameters(outcomes, steps=600, rate=0.05):
    """Two-parameter logistic model in DIMENSIONS dimensions, normal priors, by Adam: A and B as mergenetic takes them."""
    rng = np.random.default_rng(0)
    models, items = outcomes.shape
    parameters = [0.1 * rng.standard_normal((models, DIMENSIONS)), 0.5 + 0.1 * rng.standard_normal((items, DIMENSIONS)), np.zeros(items)]
    moments = [(np.zeros_like(p), np.zeros_like(p)) for p in parameters]
    for step in range(1, steps + 1):
        theta, a, b = parameters
        error = 1 / (1 + np.exp(-(theta @ a.T - b))) - outcomes
        gradients = [error @ a + theta / 4, error.T @ theta + a, -error.sum(0) + b / 9]
        for parameter, gradient, (first, second) in zip(parameters, gradients, moments):
            first += 0.1 * (gradient - first)
            second += 0.001 * (gradient ** 2 - second)
            parameter -= rate * first / (1 - 0.9 ** step) / (np.sqrt(second / (1 - 0.999 ** step)) + 1e-8)
    _, a, b = parameters
    return a.T[None], np.repeat(b[None] / DIMENSIONS, DIMENSIONS, 0)[None]


class Mean:
    """The share of right answers, on one subset for the whole search or a new one per generation."""

    def __init__(self, asked, rng, fresh=False):
        self.asked, self.rng, self.fresh = asked, rng, fresh
        self.begin(first=True)

    def begin(self, first=False):
        if first or self.fresh:
            self.subset = self.rng.choice(POOL.stop, self.asked, replace=False)

    def __call__(self, answers):
        return answers[self.subset].mean()


class Irt(Mean):
    """mergenetic's mp-IRT or gmp-IRT."""

    def __init__(self, asked, rng, parameters, sources, mode):
        super().__init__(asked, rng)
        a, b = (p[:, :, POOL] for p in parameters)
        self.benchmark = {"lb": {"irt_parameters": {"A": a, "B": b}, "scenarios_position": {"gsm8k": np.arange(POOL.stop)}}}
        everything = list(range(POOL.stop))
        self.thetas = [estimators.fit_theta(source[POOL], everything, a, b) for source in sources]
        self.mode = mode

    def __call__(self, answers):
        weights = np.full(self.asked, 1 / self.asked)
        estimates = estimators.estimate_fitness(
            answers[self.subset], self.thetas, "gsm8k", list(self.subset), weights, self.benchmark)
        return estimates[self.mode]


def search(landscape, seed, estimator, asked):
    """Questions of the pool that were asked, and the winner's score on unseen ones."""
    es = cma.CMAEvolutionStrategy(np.full(6, 0.5), 1 / 6, dict(bounds=[0, 1], popsize=POPULATION, seed=seed + 1, verbose=-9))
    archive = []
    for _ in range(EVALUATIONS // POPULATION):
        estimator.begin()
        genomes = es.ask()
        told = [landscape.answers(genome) for genome in genomes]
        fitness = [estimator(answers) for answers in told]
        archive += zip(fitness, range(len(archive), len(archive) + POPULATION), told)
        es.tell(genomes, [-f for f in fitness])
    finalists = [answers for _, _, answers in sorted(archive, key=lambda entry: entry[:2])[-FINALISTS:]]
    winner = max(finalists, key=lambda answers: answers[SELECTION].mean())
    return EVALUATIONS * asked, winner[UNSEEN].mean()


def main():
    table, seeds, rows, command = sys.argv[1], int(sys.argv[2]), Rows(*sys.argv[3:5]), sys.argv[5:]
    real = read(table)
    landscape = Landscape(command)
    parameters = item_parameters(real[np.random.default_rng(0).permutation(len(real))[:100]])
    for seed in range(seeds):
        landscape.choose(seed)
        # Weight 1 of 1.5 for maths alone, for japanese alone.
        sources = [landscape.answers([2 / 3, 0] * 3), landscape.answers([0, 2 / 3] * 3)]
        rng = lambda: np.random.default_rng(seed)

        def measure(name, estimator, asked):
            rows.measure((name, POOL.stop, seed), lambda: "%d,%.4f" % search(landscape, seed, estimator, asked))

        measure("pycma all", Mean(POOL.stop, rng()), POOL.stop)
        for asked in ASKED:
            measure(f"pycma random subset {asked}", Mean(asked, rng()), asked)
            measure(f"pycma random subset per generation {asked}", Mean(asked, rng(), fresh=True), asked)
            measure(f"mergenetic mp-IRT {asked}", Irt(asked, rng(), parameters, sources, "mpirt"), asked)
            measure(f"mergenetic gmp-IRT {asked}", Irt(asked, rng(), parameters, sources, "gmpirt"), asked)


main()
