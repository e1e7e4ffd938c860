package dev.evomerge.search;

import dev.evomerge.search.Evaluation.Scored;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Recorded batches, checked against those that the search asks for. */
final class History {

    private final List<BatchRecord> records = new ArrayList<>();
    private final int objectives;

    History(int objectives) {
        this.objectives = objectives;
    }

    /** Whether these records begin with the very ones that are here. */
    boolean isBeginningOf(List<BatchRecord> longer) {
        return records.size() <= longer.size()
                && IntStream.range(0, records.size()).allMatch(i -> records.get(i) == longer.get(i));
    }

    /**
     * Takes the records that are not here yet.
     *
     * @throws SearchException if the records are not numbered 0, 1, 2, …
     */
    void extendTo(List<BatchRecord> longer) {
        for (BatchRecord record : longer.subList(records.size(), longer.size())) {
            if (record.number() != records.size()) {
                throw new SearchException("record " + records.size() + " of the history is of batch " + record.number()
                        + ", expected batch " + records.size());
            }
            records.add(record);
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
        return batch.number() < records.size() && !batch.isAnsweredBy(records.get(batch.number()));
    }

    /**
     * The record of a batch.
     *
     * @throws SearchException if it has other candidates, or candidates of the same names that were made otherwise, or scores of another shape
     */
    BatchRecord of(Batch batch) {
        BatchRecord found = records.get(batch.number());
        if (contradicts(batch)) {
            throw new SearchException("record " + batch.number() + " holds candidates " + brief(ids(found))
                    + ", expected " + brief(batch.ids()) + ": the history is of another specification");
        }
        if (found.digest().filter(digest -> !digest.equals(batch.digest())).isPresent()) {
            throw new SearchException("record " + batch.number() + " holds results of other candidates named "
                    + brief(batch.ids()) + " than the search decides on from the records before it: it was written by"
                    + " another version of evomerge, which alone can go on with this history");
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

    private static String brief(List<String> ids) {
        return ids.size() <= 4
                ? ids.toString()
                : "[" + ids.get(0) + ", " + ids.get(1) + ", … " + ids.getLast() + "] (" + ids.size() + ")";
    }
}
