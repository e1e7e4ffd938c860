package dev.evomerge.search;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * An experiment's search, decided anew from its whole history each time.
 *
 * <p>The batches are: the baselines (with the steps of the greedy soup); the generations of each stage; what is missing of the random search; the finalists on unseen questions. A
 * stage's budget may grow while the stage goes on; once the history shows what came after it, the stage stays closed.
 */
public final class Search {

    private final SearchSpec spec;

    /**
     * @throws SearchException if the specification cannot be searched; the message says what was found and expected
     */
    public Search(SearchSpec spec) {
        SpecChecks.check(spec);
        this.spec = spec;
    }

    /**
     * The next step after these results.
     *
     * @param history the records of batches 0, 1, 2, … without a gap
     * @throws SearchException if the history does not fit the specification; the message names the record
     */
    public Step next(List<BatchRecord> history) {
        var recorded = new History(history, spec.objectives().size());
        var archive = new Archive(spec);
        int number = 0;
        for (Supplier<Phase> start : phases(archive, recorded)) {
            Phase phase = start.get();
            for (var batch = phase.next(number); batch.isPresent(); batch = phase.next(number)) {
                if (number == recorded.size()) {
                    return new Step.Evaluate(batch.get());
                }
                phase.tell(batch.get(), recorded.of(batch.get()));
                number++;
            }
        }
        if (number < recorded.size()) {
            throw new SearchException(
                    "record " + number + " is one too many: the search was over after " + number + " batches");
        }
        return new Conclusion(spec, archive).step();
    }

    private List<Supplier<Phase>> phases(Archive archive, History history) {
        var phases = new ArrayList<Supplier<Phase>>();
        phases.add(() -> new BaselinePhase(spec, archive, history));
        phases.add(() -> new GreedySoupPhase(spec, archive));
        for (int i = 0; i < spec.stages().size(); i++) {
            int stage = i;
            phases.add(() -> new StagePhase(spec, stage, archive, history));
        }
        phases.add(() -> new RandomSearchPhase(spec, archive));
        phases.add(() -> new FinalistPhase(spec, archive));
        return phases;
    }
}
