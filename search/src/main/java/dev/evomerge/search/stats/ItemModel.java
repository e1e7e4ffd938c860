package dev.evomerge.search.stats;

import java.util.Arrays;
import java.util.function.UnaryOperator;

/**
 * The Rasch model of who answers what: P(right) = 1/(1 + exp(b − θ)) with an ability θ per candidate and a difficulty b per question. Fitted to all
 * answers at hand, it predicts what a candidate would score on all questions from the few that it was asked, whichever these were.
 *
 * <p>Abilities are a Gaussian process over the candidates' genomes ({@link Alikeness}), so that a candidate profits from what its neighbours, of
 * earlier generations too, were asked. Difficulties have a normal prior around their mean. Both are found by Newton steps in turn. Answers between
 * 0 and 1 are taken as shares (quasi-likelihood).
 */
public final class ItemModel {

    private static final int SWEEPS = 8;
    private static final double DIFFICULTY_VARIANCE = 9;
    private static final double LONGEST_STEP = 2;

    /** Of abilities, before it is known who is like whom. */
    private static final double ABILITY_VARIANCE = 4;

    /** How many candidates, the last, decide who is like whom. */
    private static final int JUDGED_BY = 100;

    private final double[][] answers;
    private final double[] abilities;
    private final double[] difficulties;

    /** Of the answers' likelihood in the abilities. */
    private final double[] gradient;

    private final double[] curvature;

    private ItemModel(double[][] answers, int questions) {
        this.answers = answers;
        this.abilities = new double[answers.length];
        this.difficulties = new double[questions];
        this.gradient = new double[answers.length];
        this.curvature = new double[answers.length];
    }

    /**
     * @param answers   per candidate, at least one, per question its value in [0, 1], or NaN where it was not asked
     * @param genomes   per candidate, in [0, 1]ⁿ
     * @param questions how many questions there are
     */
    public static ItemModel fit(double[][] answers, double[][] genomes, int questions) {
        var model = new ItemModel(answers, questions);
        double[][] distances = distances(genomes);
        model.improve(model::independently);
        double[][] covariance = model.alikeness(distances, genomes[0].length).covariance(distances);
        model.improve(around -> Alikeness.step(covariance, around, model.gradient, model.curvature));
        return model;
    }

    /** The predicted mean over all questions: what was answered, and for the rest the probability of being right. */
    public double predict(int candidate) {
        double sum = 0;
        for (int question = 0; question < difficulties.length; question++) {
            double answer = answers[candidate][question];
            sum += Double.isNaN(answer) ? probability(candidate, question) : answer;
        }
        return sum / difficulties.length;
    }

    /** The ability θ of a candidate, in logits. */
    public double ability(int candidate) {
        return abilities[candidate];
    }

    /**
     * @param step from abilities around their mean to better ones
     */
    private void improve(UnaryOperator<double[]> step) {
        for (int sweep = 0; sweep < SWEEPS; sweep++) {
            updateDifficulties();
            updateAbilities(step);
        }
    }

    /** A Newton step where nobody is like anybody. */
    private double[] independently(double[] around) {
        double[] updated = new double[around.length];
        Arrays.setAll(updated, i -> (curvature[i] * around[i] + gradient[i]) / (curvature[i] + 1 / ABILITY_VARIANCE));
        return updated;
    }

    /** From the abilities that the answers alone suggest, and how sure these are. */
    private Alikeness alikeness(double[][] distances, int dimension) {
        differentiate();
        double centre = mean(abilities);
        int from = Math.max(0, abilities.length - JUDGED_BY);
        int n = abilities.length - from;
        double[] suggested = new double[n];
        double[] variances = new double[n];
        double[][] between = new double[n][];
        for (int i = 0; i < n; i++) {
            double information = Math.max(curvature[from + i], 0.1);
            suggested[i] = abilities[from + i] - centre + gradient[from + i] / information;
            variances[i] = 1 / information;
            between[i] = Arrays.copyOfRange(distances[from + i], from, abilities.length);
        }
        return Alikeness.likeliest(suggested, variances, between, dimension);
    }

    private void updateDifficulties() {
        double centre = mean(difficulties);
        for (int question = 0; question < difficulties.length; question++) {
            double slope = -(difficulties[question] - centre) / DIFFICULTY_VARIANCE;
            double bend = 1 / DIFFICULTY_VARIANCE;
            for (int candidate = 0; candidate < answers.length; candidate++) {
                double answer = answers[candidate][question];
                if (!Double.isNaN(answer)) {
                    double p = probability(candidate, question);
                    slope -= answer - p;
                    bend += p * (1 - p);
                }
            }
            difficulties[question] += limited(slope / bend);
        }
    }

    private void updateAbilities(UnaryOperator<double[]> step) {
        differentiate();
        double centre = mean(abilities);
        double[] around = Arrays.stream(abilities).map(a -> a - centre).toArray();
        double[] updated = step.apply(around);
        for (int i = 0; i < abilities.length; i++) {
            abilities[i] += limited(updated[i] - around[i]);
        }
    }

    private void differentiate() {
        for (int candidate = 0; candidate < abilities.length; candidate++) {
            gradient[candidate] = 0;
            curvature[candidate] = 0;
            for (int question = 0; question < difficulties.length; question++) {
                double answer = answers[candidate][question];
                if (!Double.isNaN(answer)) {
                    double p = probability(candidate, question);
                    gradient[candidate] += answer - p;
                    curvature[candidate] += p * (1 - p);
                }
            }
        }
    }

    private double probability(int candidate, int question) {
        return 1 / (1 + StrictMath.exp(difficulties[question] - abilities[candidate]));
    }

    private static double[][] distances(double[][] genomes) {
        double[][] distances = new double[genomes.length][genomes.length];
        for (int i = 0; i < genomes.length; i++) {
            for (int j = 0; j < i; j++) {
                double squares = 0;
                for (int k = 0; k < genomes[i].length; k++) {
                    double difference = genomes[i][k] - genomes[j][k];
                    squares += difference * difference;
                }
                distances[i][j] = Math.sqrt(squares);
                distances[j][i] = distances[i][j];
            }
        }
        return distances;
    }

    private static double limited(double step) {
        return Math.max(-LONGEST_STEP, Math.min(LONGEST_STEP, step));
    }

    private static double mean(double[] values) {
        return Arrays.stream(values).sum() / Math.max(1, values.length);
    }
}
