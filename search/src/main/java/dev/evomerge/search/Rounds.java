package dev.evomerge.search;

import dev.evomerge.search.random.Draws;
import dev.evomerge.search.stats.Paired;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * One generation on subsets of the search questions, the same for all its candidates so that comparisons are paired.
 *
 * <p>With {@link Fidelity.Estimation} there is one round. Ranks within the generation follow the means, as the Rasch model's abilities of candidates
 * that answered the same questions do; the model itself is needed between generations ({@link Confirmation}).
 *
 * <p>With {@link Fidelity.Racing} each round doubles what was asked. Between rounds, whoever is below the last rank that counts, λ/2, is dropped if
 * the one-sided exact sign test against that rank's candidate rejects at error/(λ(λ − 1)(rounds − 1)): by Bonferroni over all pairs and rounds, the
 * chance that any candidate is dropped that answers better than that one is at most {@code error} a generation.
 */
final class Rounds {

    private final List<Candidate> candidates;
    private final List<List<Integer>> questions;
    private final double levelPerTest;
    private final int counting;
    private final Answers answers;
    private final List<Candidate> racing;
    private final int[] roundsAnswered;
    private int round;

    /**
     * @param draws chooses the questions
     */
    Rounds(Fidelity fidelity, List<Candidate> candidates, Answers answers, Draws draws) {
        this.candidates = candidates;
        this.answers = answers;
        this.racing = new ArrayList<>(candidates);
        this.roundsAnswered = new int[candidates.size()];
        this.counting = Math.max(1, candidates.size() / 2);
        this.questions = switch (fidelity) {
            case Fidelity.AllQuestions all -> throw new IllegalArgumentException("all questions need no rounds");
            case Fidelity.Estimation(int pool, int asked) -> split(draws.permutation(pool), asked, asked);
            case Fidelity.Racing(int pool, int first, double error) -> split(draws.permutation(pool), first, pool);
        };
        int pairs = candidates.size() * (candidates.size() - 1);
        this.levelPerTest = fidelity instanceof Fidelity.Racing race
                ? race.error() / Math.max(1, pairs * (questions.size() - 1))
                : 0;
    }

    /** Who is asked what next; empty when the generation is over. */
    Optional<Round> next() {
        return round < questions.size() && !racing.isEmpty()
                ? Optional.of(new Round(List.copyOf(racing), questions.get(round)))
                : Optional.empty();
    }

    /** Some candidates and the questions that they are asked. */
    record Round(List<Candidate> candidates, List<Integer> questions) {}

    /** To be called when the answers of the current round are in. */
    void advance(SearchSpec.Goal goal) {
        racing.removeIf(candidate -> !answers.has(candidate.id()));
        racing.forEach(candidate -> roundsAnswered[candidates.indexOf(candidate)]++);
        round++;
        if (round < questions.size() && racing.size() > counting) {
            drop(goal);
        }
    }

    /** Per candidate its rank as a loss: by rounds survived, then by mean; equals are equal, failed ones infinite. */
    double[][] losses(SearchSpec.Goal goal) {
        double[] means = new double[candidates.size()];
        Arrays.setAll(means, i -> answers.has(candidates.get(i).id()) ? loss(candidates.get(i), goal) : 0);
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

    private void drop(SearchSpec.Goal goal) {
        var ranked = racing.stream()
                .sorted(Comparator.comparingDouble(candidate -> loss(candidate, goal)))
                .toList();
        double[] pivot = answers.of(ranked.get(counting - 1).id());
        for (Candidate candidate : ranked.subList(counting, ranked.size())) {
            double[] ours = answers.of(candidate.id());
            boolean worse = goal == SearchSpec.Goal.MAXIMIZE
                    ? Paired.oneSided(pivot, ours) < levelPerTest
                    : Paired.oneSided(ours, pivot) < levelPerTest;
            if (worse) {
                racing.remove(candidate);
            }
        }
    }

    private double loss(Candidate candidate, SearchSpec.Goal goal) {
        double mean = answers.mean(candidate.id());
        return goal == SearchSpec.Goal.MAXIMIZE ? -mean : mean;
    }

    /** Rounds after which {@code first}, twice, four times as many … and in the end {@code all} have been asked. */
    private static List<List<Integer>> split(int[] order, int first, int all) {
        var rounds = new ArrayList<List<Integer>>();
        for (int from = 0, to = first; from < all; from = to, to = Math.min(all, 2 * to)) {
            rounds.add(Arrays.stream(order, from, to).sorted().boxed().toList());
        }
        return rounds;
    }
}
