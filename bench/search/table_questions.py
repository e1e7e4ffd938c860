"""Questions asked and the winner's score on unseen ones, per pool and fidelity: table_questions.py CSV…"""
import statistics
import sys

rows = {}
for path in sys.argv[1:]:
    for line in open(path):
        name, pool, seed, asked, score = line.strip().split(",")
        rows.setdefault((-int(pool), name), {})[int(seed)] = float(asked), 100 * float(score)


def difference(row, other):
    """Mean and its normal 95 % interval over the seeds."""
    values = [row[seed][1] - other[seed][1] for seed in row if seed in other]
    half = 1.96 * statistics.stdev(values) / len(values) ** 0.5 if len(values) > 1 else float("nan")
    return f"{statistics.mean(values):+.1f} ± {half:.1f} points"


print("| search questions | a candidate is asked | answers in all | fewer | winner, unseen questions | against all questions | seeds |")
print("| --- | --- | --- | --- | --- | --- | --- |")
for (pool, name), row in sorted(rows.items(), key=lambda entry: entry[0][0]):
    # Each optimizer is compared with itself.
    all_questions = rows[pool, "all" if name.split()[0] in ("all", "estimation", "racing") else "pycma all"]
    asked, every = (statistics.mean(a for a, _ in r.values()) for r in (row, all_questions))
    score = statistics.mean(s for _, s in row.values())
    print(f"| {-pool} | {name} | {asked:.0f} | {every / asked:.1f} × | {score:.1f} % | {difference(row, all_questions)} | {len(row)} |")
