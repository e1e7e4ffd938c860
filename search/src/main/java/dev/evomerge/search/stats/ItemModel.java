package dev.evomerge.search.stats;

import java.util.Arrays;

/**
 * The Rasch model of who answers what: P(right) = 1/(1 + exp(b − θ)) with an ability θ per candidate and a difficulty b per question. Fitted to all
 * answers at hand, it predicts what a candidate would score on all questions from the few that it was asked, whichever these were.
 *
 * <p>Abilities and difficulties have normal priors around their means, and both are found by Newton steps in turn. Answers between 0 and 1 are taken
 * as shares (quasi-likelihood).
 */
public final class ItemModel {

    private static final int SWEEPS = 30;
    private static final double ABILITY_VARIANCE = 4;
    private static final double DIFFICULTY_VARIANCE = 9;
    private static final double LONGEST_STEP = 2;

    private final double[][] answers;
    private final double[] abilities;
    private final double[] difficulties;

    private ItemModel(double[][] answers, int questions) {
        this.answers = answers;
        this.abilities = new double[answers.length];
        this.difficulties = new double[questions];
    }

    /**
     * @param answers   per candidate, per question its value in [0, 1], or NaN where it was not asked
     * @param questions how many questions there are
     */
    public static ItemModel fit(double[][] answers, int questions) {
        var model = new ItemModel(answers, questions);
        for (int sweep = 0; sweep < SWEEPS; sweep++) {
            model.updateDifficulties();
            model.updateAbilities();
        }
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

    private void updateDifficulties() {
        double centre = mean(difficulties);
        for (int question = 0; question < difficulties.length; question++) {
            double gradient = -(difficulties[question] - centre) / DIFFICULTY_VARIANCE;
            double curvature = 1 / DIFFICULTY_VARIANCE;
            for (int candidate = 0; candidate < answers.length; candidate++) {
                double answer = answers[candidate][question];
                if (!Double.isNaN(answer)) {
                    double p = probability(candidate, question);
                    gradient -= answer - p;
                    curvature += p * (1 - p);
                }
            }
            difficulties[question] += step(gradient, curvature);
        }
    }

    private void updateAbilities() {
        double centre = mean(abilities);
        for (int candidate = 0; candidate < abilities.length; candidate++) {
            double gradient = -(abilities[candidate] - centre) / ABILITY_VARIANCE;
            double curvature = 1 / ABILITY_VARIANCE;
            for (int question = 0; question < difficulties.length; question++) {
                double answer = answers[candidate][question];
                if (!Double.isNaN(answer)) {
                    double p = probability(candidate, question);
                    gradient += answer - p;
                    curvature += p * (1 - p);
                }
            }
            abilities[candidate] += step(gradient, curvature);
        }
    }

    private double probability(int candidate, int question) {
        return 1 / (1 + StrictMath.exp(difficulties[question] - abilities[candidate]));
    }

    private static double step(double gradient, double curvature) {
        return Math.max(-LONGEST_STEP, Math.min(LONGEST_STEP, gradient / curvature));
    }

    private static double mean(double[] values) {
        return Arrays.stream(values).sum() / Math.max(1, values.length);
    }
}
