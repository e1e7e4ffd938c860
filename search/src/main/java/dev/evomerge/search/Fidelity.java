package dev.evomerge.search;

/** How many of the search questions a candidate is asked. */
public sealed interface Fidelity {

    /** All of them. */
    record AllQuestions() implements Fidelity {}

    /**
     * Racing: all candidates of a generation start on the same random subset; those that are clearly worse than the best of them are dropped, the
     * others are asked twice as many, and so on to all questions.
     *
     * @param pool      how many search questions there are
     * @param first     how many a generation starts on, 1 ≤ first ≤ pool
     * @param error     the chance, per generation, that the candidate that is best on all questions is dropped for one that is worse by more than
     *                  {@code tolerance}, in (0, 0.5)
     * @param tolerance a difference of mean values that is not worth a question, in [0, 1)
     */
    record Racing(int pool, int first, double error, double tolerance) implements Fidelity {}

    /**
     * Estimation: all candidates of a generation are asked the same subset, and an item response model, fitted to everybody's answers so far, ranks
     * them. In the end the promising are asked ever more, and the last few of them all questions.
     *
     * @param pool  how many search questions there are
     * @param asked how many a candidate of a generation is asked, 1 ≤ asked ≤ pool
     */
    record Estimation(int pool, int asked) implements Fidelity {}

    /**
     * What measures best where answers are right or wrong: estimation from a twentieth of the questions, from 25 at least; below 100 questions, where
     * that saves little, all of them.
     *
     * @param pool how many search questions there are
     */
    static Fidelity recommended(int pool) {
        return pool < 100 ? new AllQuestions() : new Estimation(pool, Math.max(25, pool / 20));
    }
}
