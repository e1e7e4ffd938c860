package dev.evomerge.search;

import java.util.List;
import java.util.Optional;

/**
 * An experiment's search, decided from its whole history each time.
 *
 * <p>The batches are: the baselines (with the steps of the greedy soup); the generations of each stage; what is missing of the random search; the
 * finalists on unseen questions. A stage's budget may grow while the stage goes on; once the history shows what came after it, the stage stays closed.
 */
public final class Search {

    private final SearchSpec spec;

    /** Where the last call came to. It saves time and changes no result: a history that does not go on from there is replayed from its beginning. */
    private Optional<Replay> last = Optional.empty();

    /**
     * @throws SearchException if the specification cannot be searched; the message says what was found and expected
     */
    public Search(SearchSpec spec) {
        SpecChecks.check(spec);
        this.spec = spec;
    }

    /**
     * The next step after these results. Not to be called by two threads at once.
     *
     * @param history the records of batches 0, 1, 2, … without a gap; what takes time is what the last call has not seen of it
     * @throws SearchException if the history does not fit the specification; the message names the record
     */
    public Step next(List<BatchRecord> history) {
        var replay = last.filter(before -> before.leadsTo(history)).orElseGet(() -> new Replay(spec));
        last = Optional.empty();
        Step step = replay.after(history);
        last = Optional.of(replay);
        return step;
    }

    /** Candidates per generation of a stage, counted from 0; with restarts, of its first run. */
    public int populationSize(int stage) {
        return Strategies.populationSize(
                spec.stages().get(stage).algorithm(),
                Strategies.encoding(spec, stage).dimension());
    }

    /** How many candidates a stage, counted from 0, may breed. */
    public int evaluations(int stage) {
        return Strategies.evaluations(
                spec.stages().get(stage), Strategies.encoding(spec, stage).dimension());
    }

    /**
     * How many answers a generation of a stage may ask for.
     *
     * @param pool how many search questions there are
     */
    public long questionsOfGeneration(int stage, long pool) {
        return populationSize(stage)
                * (spec.stages().get(stage).fidelity() instanceof Fidelity.Estimation estimation
                        ? estimation.asked()
                        : pool);
    }

    /**
     * How many answers a stage, counted from 0, may ask for, its confirmation included.
     *
     * @param pool how many search questions there are
     */
    public long questions(int stage, long pool) {
        long evaluations = evaluations(stage);
        return switch (spec.stages().get(stage).fidelity()) {
            case Fidelity.AllQuestions all -> evaluations * pool;
            case Fidelity.Racing racing ->
                evaluations * pool + StagePhase.confirmation(spec.finalists(), racing.pool());
            case Fidelity.Estimation estimation ->
                evaluations * estimation.asked() + StagePhase.confirmation(spec.finalists(), estimation.pool());
        };
    }
}
