"""The functions of Landscape.java, for the peers."""
import numpy as np

TARGETS = dict(sphere=1e-8, ellipsoid=1e-8, rosenbrock=1e-8, rastrigin=1e-3, step_ellipsoid=1e-8,
               noisy_sphere=1e-6, noisy_rastrigin=1e-3)
NOISE = dict(noisy_sphere=0.2, noisy_rastrigin=0.1)
DIMENSIONS = (6, 20, 64)


def multimodal(name):
    return name.endswith("rastrigin")


def target(name, n):
    if multimodal(name) and n > 20:
        return 500 if name in NOISE else 50
    return TARGETS[name]


def population(name, n):
    if multimodal(name):
        return (20 if n > 20 else 80) * n
    return 5 * n if name == "step_ellipsoid" else 4 + int(3 * np.log(n))


def budget(name, n):
    return (20_000 if multimodal(name) else 3_000) * n


def optimum(n, seed):
    state, values = seed + 1, []
    for _ in range(n):
        state = (1103515245 * state + 12345) % (1 << 31)
        values.append(-3 + 6 * (state / (1 << 31)))
    return np.array(values)


def value(name, x, best):
    """x in [-5, 5]^n, one point per row; one value per row."""
    z = x - best
    n = z.shape[1]
    powers = np.arange(n) / (n - 1)
    if name in ("sphere", "noisy_sphere"):
        return (z * z).sum(1)
    if name == "ellipsoid":
        return (1e6 ** powers * z * z).sum(1)
    if name == "rosenbrock":
        y = max(1, np.sqrt(n) / 8) * z + 1
        return (100 * (y[:, :-1] ** 2 - y[:, 1:]) ** 2 + (y[:, :-1] - 1) ** 2).sum(1)
    if name in ("rastrigin", "noisy_rastrigin"):
        return (10 * (1 - np.cos(2 * np.pi * z)) + z * z).sum(1)
    step = np.where(np.abs(z) > 0.5, np.floor(0.5 + z), np.floor(0.5 + 10 * z) / 10)
    return 0.1 * np.maximum(np.abs(z[:, 0]) / 1e4, (100 ** powers * step * step).sum(1))


def measured(name, values, rng):
    noise = NOISE.get(name, 0)
    return values * np.exp(noise * rng.standard_normal(len(values))) if noise else values
