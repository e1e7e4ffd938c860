package dev.evomerge.examples.results;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;

/** The results of one case as Markdown. */
final class Table {

    private final CaseStudy study;
    private final Map<Method, List<Measured>> runs = new EnumMap<>(Method.class);

    /**
     * @param seeds per seed what was measured
     */
    Table(CaseStudy study, List<Map<Method, Measured>> seeds) {
        this.study = study;
        for (Map<Method, Measured> seed : seeds) {
            seed.forEach((method, measured) ->
                    runs.computeIfAbsent(method, m -> new ArrayList<>()).add(measured));
        }
    }

    String markdown() {
        var text = new StringBuilder();
        text.append("| model | target, % | 95 % interval | lowest – highest seed | own domain of `")
                .append(study.language())
                .append("` | … of `")
                .append(study.skill())
                .append("` | questions | tokens | time |\n")
                .append("| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n");
        runs.forEach((method, measured) -> text.append(row(method, measured)));
        text.append("\n| difference on the test questions, in points | | 95 % interval |\n| --- | --- | --- |\n");
        Method source = best(Method::isSource);
        Method handMade = best(Method::isHandMade);
        for (Method[] pair : new Method[][] {
            {Method.PS, source},
            {Method.PS, handMade},
            {Method.PS, Method.RANDOM},
            {Method.DFS, source},
            {Method.HYBRID, Method.PS}
        }) {
            text.append(difference(pair[0], pair[1]));
        }
        return text.toString();
    }

    private Method best(Predicate<Method> which) {
        return runs.keySet().stream()
                .filter(which)
                .max(Comparator.comparingDouble(
                        method -> Estimate.of(test(method)).mean()))
                .orElseThrow();
    }

    private double[][] test(Method method) {
        return runs.get(method).stream().map(Measured::test).toArray(double[][]::new);
    }

    private String row(Method method, List<Measured> measured) {
        Estimate estimate = Estimate.of(test(method));
        var scores = measured.stream().mapToDouble(Measured::score).summaryStatistics();
        String spread =
                scores.getMin() == scores.getMax() ? "" : percent(scores.getMin()) + " – " + percent(scores.getMax());
        Spent spent = measured.stream().map(m -> m.merge().spent()).reduce(Spent.NOTHING, Spent::plus);
        return String.join(
                        " | ",
                        "| " + method.title(study),
                        percent(estimate.mean()),
                        percent(Math.max(0, estimate.low())) + " – " + percent(Math.min(1, estimate.high())),
                        spread,
                        domain(measured, study.language()),
                        domain(measured, study.skill()),
                        spent.equals(Spent.NOTHING) ? " | | " : cost(spent, measured.size()))
                + " |\n";
    }

    private static String cost(Spent spent, int runs) {
        return String.format(
                Locale.ROOT,
                "%,d | %,d | %.0f s",
                spent.questions() / runs,
                spent.tokens() / runs,
                spent.seconds() / runs);
    }

    private static String domain(List<Measured> measured, String specialist) {
        return percent(measured.stream()
                .mapToDouble(m -> m.domains().get(specialist))
                .average()
                .orElseThrow());
    }

    private String difference(Method method, Method other) {
        double[][] ours = test(method);
        double[][] theirs = test(other);
        var differences = new double[ours.length][];
        for (int seed = 0; seed < ours.length; seed++) {
            double[] own = ours[seed];
            double[] its = theirs[seed];
            differences[seed] = new double[own.length];
            Arrays.setAll(differences[seed], i -> own[i] - its[i]);
        }
        Estimate estimate = Estimate.of(differences);
        return String.format(
                Locale.ROOT,
                "| %s − %s | %+.1f | %+.1f – %+.1f |%n",
                method.title(study),
                other.title(study),
                100 * estimate.mean(),
                100 * estimate.low(),
                100 * estimate.high());
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.1f", 100 * share);
    }
}
