package dev.evomerge.search;

import dev.evomerge.recipe.Recipe;
import dev.evomerge.search.Evaluation.Scored;
import dev.evomerge.search.Evaluation.Scores;
import dev.evomerge.search.SearchSpec.Goal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;

/** All candidates so far and what is known of them, in the order in which they came. */
final class Archive {

    /** Where a candidate came from. */
    enum Origin {
        BASELINE,
        /** A step of the greedy soup; only the last that was kept is a baseline. */
        SOUP,
        RANDOM_SEARCH,
        SEARCH
    }

    /**
     * A candidate and what is known of it.
     *
     * @param stage the stage that bred it; empty for comparisons
     */
    record Entry(Candidate candidate, Origin origin, OptionalInt stage, Map<Split, Scores> scores) {

        Optional<Scores> on(Split split) {
            return Optional.ofNullable(scores.get(split));
        }
    }

    private final List<Goal> goals;
    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private final SortedMap<String, Recipe> stageWinners = new TreeMap<>();
    private final List<String> stops = new ArrayList<>();
    private Optional<String> greedySoup = Optional.empty();

    Archive(SearchSpec spec) {
        this.goals = spec.objectives().stream().map(SearchSpec.Objective::goal).toList();
    }

    /** Notes the results of candidates; what was known of them before stays. */
    void add(Batch batch, BatchRecord results, Origin origin, OptionalInt stage) {
        for (int i = 0; i < batch.candidates().size(); i++) {
            add(batch.candidates().get(i), results.evaluations().get(i).outcome(), origin, stage);
        }
    }

    void add(Candidate candidate, Evaluation.Outcome outcome, Origin origin, OptionalInt stage) {
        Entry entry = entries.computeIfAbsent(
                candidate.id(), id -> new Entry(candidate, origin, stage, new EnumMap<>(Split.class)));
        if (outcome instanceof Scored(Map<Split, Scores> splits)) {
            splits.forEach((split, scores) -> {
                if (isFinite(scores.objectives())) {
                    entry.scores().put(split, scores);
                }
            });
        }
    }

    Collection<Entry> entries() {
        return entries.values();
    }

    int count(Predicate<Entry> which) {
        return (int) entries.values().stream().filter(which).count();
    }

    /** The losses of a candidate on one split, smaller is better; +∞ if it has no score there. */
    double[] losses(String id, Split split) {
        double[] losses = new double[goals.size()];
        var scores = entries.get(id).on(split);
        for (int i = 0; i < losses.length; i++) {
            losses[i] = scores.isEmpty()
                    ? Double.POSITIVE_INFINITY
                    : goals.get(i) == Goal.MAXIMIZE
                            ? -scores.get().objectives()[i]
                            : scores.get().objectives()[i];
        }
        return losses;
    }

    /** The loss of the first objective. */
    double loss(Entry entry, Split split) {
        return losses(entry.candidate().id(), split)[0];
    }

    /** Scored candidates of one kind, best search score first; among equals the later, which was bred knowing more. */
    List<Entry> ranked(Predicate<Entry> which) {
        return entries.values().stream()
                .filter(which)
                .filter(entry -> entry.on(Split.SEARCH).isPresent())
                .toList()
                .reversed()
                .stream()
                .sorted(Comparator.comparingDouble(entry -> loss(entry, Split.SEARCH)))
                .toList();
    }

    /** Notes that this is the greedy soup until a better one is kept. */
    void keepSoup(String id) {
        greedySoup = Optional.of(id);
    }

    /** The greedy soup, if it has more than one ingredient. */
    Optional<Entry> greedySoup() {
        return greedySoup.map(entries::get);
    }

    /** Ends a stage: its best candidate becomes a model that later stages may name. */
    void endStage(String name, int stage, String why) {
        ranked(entry -> entry.stage().equals(OptionalInt.of(stage))).stream()
                .findFirst()
                .ifPresent(best -> stageWinners.put(
                        Strategies.STAGE_PREFIX + name, best.candidate().recipe()));
        stops.add(why);
    }

    /** Winners of stages that have ended, by the name that recipes give them. */
    SortedMap<String, Recipe> stageWinners() {
        return stageWinners;
    }

    /** Why the stages stopped, in order. */
    List<String> stops() {
        return stops;
    }

    private static boolean isFinite(double[] values) {
        for (double value : values) {
            if (!Double.isFinite(value)) {
                return false;
            }
        }
        return true;
    }
}
