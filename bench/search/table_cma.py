"""Median evaluations to the target per function and dimension, one column per tool: table_cma.py CSV…"""
import collections
import statistics
import sys

SEEDS = 20

cells = collections.defaultdict(dict)
for path in sys.argv[1:]:
    for line in open(path):
        tool, function, n, seed, hit = line.strip().split(",")
        cells[function, int(n)].setdefault(tool, []).append(float(hit))

tools = ["evomerge", "pycma", "cmaes", "optuna"]
print("| function | n | " + " | ".join(tools) + " | evomerge / pycma |")
print("| --- | --- | " + "--- | " * len(tools) + "--- |")


def shown(hits):
    if not hits:
        return "–"
    solved = sum(h < float("inf") for h in hits)
    median = statistics.median(hits)
    text = f"{median:.0f}" if median < float("inf") else "not hit"
    if solved < len(hits):
        return f"{text} ({solved}/{len(hits)} hit)"
    return text if len(hits) >= SEEDS else f"{text} (seeds: {len(hits)})"


for (function, n), by_tool in sorted(cells.items(), key=lambda cell: (cell[0][1], cell[0][0])):
    ours, theirs = (statistics.median(by_tool.get(t, [float("inf")])) for t in ("evomerge", "pycma"))
    ratio = f"{ours / theirs:.2f}" if max(ours, theirs) < float("inf") else "–"
    print(f"| {function} | {n} | " + " | ".join(shown(by_tool.get(t, [])) for t in tools) + f" | {ratio} |")
