"""Median hypervolume per problem, one column per tool: table_nsga.py CSV…"""
import collections
import statistics
import sys

cells = collections.defaultdict(lambda: collections.defaultdict(list))
for path in sys.argv[1:]:
    for line in open(path):
        tool, problem, seed, volume = line.strip().split(",")
        cells[problem][tool].append(float(volume))

print("| problem | evomerge | pymoo | evomerge / pymoo |")
print("| --- | --- | --- | --- |")
for problem, by_tool in cells.items():
    ours, theirs = (statistics.median(by_tool[tool]) for tool in ("evomerge", "pymoo"))
    print(f"| {problem} | {ours:.4f} | {theirs:.4f} | {ours / theirs:.4f} |")
