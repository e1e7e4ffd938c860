package dev.evomerge.search;

import dev.evomerge.search.Evaluation.Scored;
import java.util.List;

/** Recorded batches, checked against those that the search asks for. */
final class History {

    private final List<BatchRecord> records;
    private final int objectives;

    /**
     * @throws SearchException if the records are not numbered 0, 1, 2, …
     */
    History(List<BatchRecord> records, int objectives) {
        this.records = List.copyOf(records);
        this.objectives = objectives;
        for (int i = 0; i < records.size(); i++) {
            if (records.get(i).number() != i) {
                throw new SearchException("record " + i + " of the history is of batch "
                        + records.get(i).number() + ", expected batch " + i);
            }
        }
    }

    int size() {
        return records.size();
    }

    /** How many candidates the record of a batch has, or {@code otherwise} if there is none yet. */
    int sizeOf(int number, int otherwise) {
        return number < records.size() ? records.get(number).evaluations().size() : otherwise;
    }

    /** Whether a batch is recorded, and not this one. */
    boolean contradicts(Batch batch) {
        return batch.number() < records.size()
                && !ids(records.get(batch.number())).equals(ids(batch));
    }

    /**
     * The record of a batch.
     *
     * @throws SearchException if it has other candidates, or scores of another shape
     */
    BatchRecord of(Batch batch) {
        BatchRecord found = records.get(batch.number());
        if (contradicts(batch)) {
            throw new SearchException("record " + batch.number() + " holds candidates " + brief(ids(found))
                    + ", expected " + brief(ids(batch)) + ": the history is of another specification");
        }
        for (Evaluation evaluation : found.evaluations()) {
            if (evaluation.outcome() instanceof Scored scored) {
                checkScores(batch, evaluation.candidate(), scored);
            }
        }
        return found;
    }

    private void checkScores(Batch batch, String candidate, Scored scored) {
        String where = "record " + batch.number() + ", candidate " + candidate + ": ";
        for (Split split : batch.splits()) {
            var scores = scored.splits().get(split);
            if (scores == null) {
                throw new SearchException(where + "no scores on the " + split.key() + " questions, expected them");
            }
            if (scores.objectives().length != objectives) {
                throw new SearchException(
                        where + "found " + scores.objectives().length + " objectives, expected " + objectives);
            }
        }
    }

    private static List<String> ids(BatchRecord record) {
        return record.evaluations().stream().map(Evaluation::candidate).toList();
    }

    private static List<String> ids(Batch batch) {
        return batch.candidates().stream().map(Candidate::id).toList();
    }

    private static String brief(List<String> ids) {
        return ids.size() <= 4
                ? ids.toString()
                : "[" + ids.get(0) + ", " + ids.get(1) + ", … " + ids.getLast() + "] (" + ids.size() + ")";
    }
}
