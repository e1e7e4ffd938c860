package dev.evomerge.search;

import dev.evomerge.search.SearchSpec.Goal;
import dev.evomerge.search.random.Draws;
import dev.evomerge.search.stats.Paired;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/** Candidates that are asked subsets of the search questions, the same for all of them so that comparisons are paired, and ever fewer of them more. */
final class Rounds {

    private final List<Candidate> candidates;
    private final List<List<Integer>> questions;
    private final Answers answers;
    private final UnaryOperator<List<Candidate>> cut;
    private final int[] roundsAnswered;
    private List<Candidate> racing;
    private int round;

    /**
     * @param questions what is asked in each round
     * @param cut       of those that have answered the rounds so far, who goes on
     */
    private Rounds(
            List<Candidate> candidates,
            List<List<Integer>> questions,
            Answers answers,
            UnaryOperator<List<Candidate>> cut) {
        this.candidates = candidates;
        this.questions = questions;
        this.answers = answers;
        this.cut = cut;
        this.racing = candidates;
        this.roundsAnswered = new int[candidates.size()];
    }

    /** One round of {@code asked} questions. */
    static Rounds once(List<Candidate> candidates, int asked, Answers answers, Draws draws) {
        return new Rounds(
                candidates,
                doubling(draws.permutation(answers.pool()), asked, asked),
                answers,
                UnaryOperator.identity());
    }

    /**
     * A race: each round doubles what was asked. Between rounds, whoever is behind the leader is dropped if a one-sided paired test rejects, at
     * error/((λ − 1)(rounds − 1)), that it is better by {@code tolerance} or more. By Bonferroni over the leaders that there can be and the rounds,
     * the chance that the best candidate is dropped for one that is worse by more than that is at most {@code error}.
     */
    static Rounds race(Fidelity.Racing fidelity, List<Candidate> candidates, Answers answers, Goal goal, Draws draws) {
        var questions = doubling(draws.permutation(fidelity.pool()), fidelity.first(), fidelity.pool());
        double level = fidelity.error() / Math.max(1, (candidates.size() - 1) * (questions.size() - 1));
        return new Rounds(
                candidates,
                questions,
                answers,
                racing -> withoutWorse(racing, fidelity.tolerance(), level, answers, goal));
    }

    /**
     * Successive halving: each round doubles what was asked, beginning with a quarter of the pool, and the better half goes on, down to
     * {@code last}.
     *
     * @param best the ids of all candidates as the answers so far rank them, best first
     */
    static Rounds halving(
            List<Candidate> candidates, int last, Answers answers, Supplier<List<String>> best, Draws draws) {
        var questions = quarters(draws.permutation(answers.pool()));
        return new Rounds(candidates, questions, answers, racing -> {
            List<String> ranked = best.get();
            return racing.stream()
                    .sorted(Comparator.comparingInt(candidate -> ranked.indexOf(candidate.id())))
                    .limit(half(racing.size(), last))
                    .toList();
        });
    }

    /** How many answers {@link #halving} asks for. */
    static long halvingQuestions(int candidates, int last, int pool) {
        long asked = 0;
        int racing = candidates;
        for (List<Integer> round : quarters(new int[pool])) {
            asked += (long) racing * round.size();
            racing = Math.min(racing, half(racing, last));
        }
        return asked;
    }

    private static int half(int racing, int last) {
        return Math.max(last, (racing + 1) / 2);
    }

    /** A quarter, a quarter, a half; what does not divide is in the first, or it would be a round of its own. */
    private static List<List<Integer>> quarters(int[] order) {
        return doubling(order, (order.length + 3) / 4, order.length);
    }

    /** Who is asked what next; empty when it is over. */
    Optional<Round> next() {
        return round < questions.size() && !racing.isEmpty()
                ? Optional.of(new Round(racing, questions.get(round)))
                : Optional.empty();
    }

    /** Some candidates and the questions that they are asked. */
    record Round(List<Candidate> candidates, List<Integer> questions) {}

    /** To be called when the answers of the current round are in. */
    void advance() {
        racing =
                racing.stream().filter(candidate -> answers.has(candidate.id())).toList();
        racing.forEach(candidate -> roundsAnswered[candidates.indexOf(candidate)]++);
        round++;
        if (round < questions.size() && !racing.isEmpty()) {
            racing = cut.apply(racing);
        }
    }

    /** Per candidate its rank as a loss: by rounds survived, then by mean; equals are equal, failed ones infinite. */
    double[][] losses(Goal goal) {
        double[] means = new double[candidates.size()];
        Arrays.setAll(means, i -> answers.has(candidates.get(i).id()) ? loss(candidates.get(i), answers, goal) : 0);
        Comparator<Integer> order =
                Comparator.<Integer>comparingInt(i -> -roundsAnswered[i]).thenComparingDouble(i -> means[i]);
        double[][] losses = new double[candidates.size()][1];
        for (int i = 0; i < losses.length; i++) {
            int self = i;
            losses[i][0] = answers.has(candidates.get(i).id())
                    ? IntStream.range(0, losses.length)
                            .filter(other -> answers.has(candidates.get(other).id()))
                            .filter(other -> order.compare(other, self) < 0)
                            .count()
                    : Double.POSITIVE_INFINITY;
        }
        return losses;
    }

    private static List<Candidate> withoutWorse(
            List<Candidate> racing, double tolerance, double level, Answers answers, Goal goal) {
        var leader = Collections.min(racing, Comparator.comparingDouble(candidate -> loss(candidate, answers, goal)));
        double[] best = answers.of(leader.id());
        return racing.stream()
                .filter(candidate -> {
                    double[] values = answers.of(candidate.id());
                    double pValue = goal == Goal.MAXIMIZE
                            ? Paired.notBehind(values, best, tolerance)
                            : Paired.notBehind(best, values, tolerance);
                    return candidate == leader || pValue >= level;
                })
                .toList();
    }

    private static double loss(Candidate candidate, Answers answers, Goal goal) {
        double mean = answers.mean(candidate.id());
        return goal == Goal.MAXIMIZE ? -mean : mean;
    }

    /** Rounds after which {@code first}, twice, four times as many … and in the end {@code all} have been asked. */
    private static List<List<Integer>> doubling(int[] order, int first, int all) {
        var rounds = new ArrayList<List<Integer>>();
        for (int from = 0, to = first; from < all; from = to, to = Math.min(all, 2 * to)) {
            rounds.add(Arrays.stream(order, from, to).sorted().boxed().toList());
        }
        return rounds;
    }
}
