package dev.evomerge.search;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** A search as far as a history leads it. */
final class Replay {

    private final SearchSpec spec;
    private final Archive archive;
    private final History history;
    private final Iterator<Supplier<Phase>> phases;
    private Optional<Phase> phase = Optional.empty();
    private int number;

    Replay(SearchSpec spec) {
        this.spec = spec;
        this.archive = new Archive(spec);
        this.history = new History(spec.objectives().size());
        this.phases = phases().iterator();
    }

    /** Whether these records go on where this replay is, and answer what it asked for. */
    boolean leadsTo(List<BatchRecord> records) {
        return history.isBeginningOf(records)
                && (records.size() == number
                        || batch().filter(asked -> asked.isAnsweredBy(records.get(number)))
                                .isPresent());
    }

    /**
     * The step after these records.
     *
     * @throws SearchException if they do not fit the specification
     */
    Step after(List<BatchRecord> records) {
        history.extendTo(records);
        for (var batch = batch(); batch.isPresent(); batch = batch()) {
            if (number == history.size()) {
                return new Step.Evaluate(batch.get());
            }
            phase.orElseThrow().tell(batch.get(), history.of(batch.get()));
            number++;
        }
        if (number < history.size()) {
            throw new SearchException(
                    "record " + number + " is one too many: the search was over after " + number + " batches");
        }
        return new Conclusion(spec, archive).step();
    }

    /** The batch to be evaluated now; asking twice gives the same. */
    private Optional<Batch> batch() {
        var batch = phase.flatMap(current -> current.next(number));
        while (batch.isEmpty() && phases.hasNext()) {
            phase = Optional.of(phases.next().get());
            batch = phase.get().next(number);
        }
        return batch;
    }

    private List<Supplier<Phase>> phases() {
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
