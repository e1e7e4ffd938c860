package dev.evomerge.search;

import dev.evomerge.search.SearchSpec.Stage;
import dev.evomerge.search.random.Draws;
import dev.evomerge.search.space.Encoding;
import dev.evomerge.search.strategy.Strategy;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** The generations of one stage. */
final class StagePhase implements Phase {

    private static final long PURPOSE = 0x7374616765L;

    private final int index;
    private final Stage stage;
    private final Encoding encoding;
    private final Strategy strategy;
    private final Archive archive;
    private final History history;
    private int generations;
    private int evaluations;
    private boolean over;

    StagePhase(SearchSpec spec, int index, Archive archive, History history) {
        this.index = index;
        this.stage = spec.stages().get(index);
        this.encoding = Strategies.encoding(spec, index);
        this.strategy = Strategies.of(
                stage, encoding, Draws.of(spec.seed(), PURPOSE, index).nextLong());
        this.archive = archive;
        this.history = history;
    }

    @Override
    public Optional<Batch> next(int number) {
        if (over) {
            return Optional.empty();
        }
        Optional<String> stop = missingModel().or(strategy::stopped).or(this::budgetSpent);
        if (stop.isPresent()) {
            return end(stop.get());
        }
        Batch generation = generation(number);
        if (generations > 0 && history.contradicts(generation)) {
            return end(spent(evaluations, generations));
        }
        return Optional.of(generation);
    }

    @Override
    public void tell(Batch batch, BatchRecord results) {
        archive.add(batch, results, Archive.Origin.SEARCH, OptionalInt.of(index));
        double[][] losses = batch.candidates().stream()
                .map(candidate -> archive.losses(candidate.id(), Split.SEARCH))
                .toArray(double[][]::new);
        strategy.tell(losses);
        generations++;
        evaluations += losses.length;
    }

    private Optional<Batch> end(String why) {
        over = true;
        archive.endStage(stage.name(), index, why);
        return Optional.empty();
    }

    private Batch generation(int number) {
        List<double[]> genomes = strategy.ask();
        var candidates = new ArrayList<Candidate>(genomes.size());
        for (double[] genome : genomes) {
            candidates.add(new Candidate(id(number, candidates.size()), encoding.decode(genome)));
        }
        return new Batch(
                number,
                Batch.Kind.GENERATION,
                stage.name(),
                candidates,
                Set.of(Split.SEARCH),
                Optional.empty(),
                archive.stageWinners());
    }

    /** Other stages have other ids, so that a record tells whose generation it is. */
    private String id(int number, int candidate) {
        String stage = index == 0 ? "" : "s" + index + "-";
        return String.format(Locale.ROOT, "g%04d-%sc%02d", number, stage, candidate);
    }

    private Optional<String> missingModel() {
        return stage.space().models().stream()
                .filter(model -> model.startsWith(Strategies.STAGE_PREFIX))
                .filter(model -> !archive.stageWinners().containsKey(model))
                .findFirst()
                .map(model -> "there is no " + model + ": nothing in that stage could be scored");
    }

    private Optional<String> budgetSpent() {
        int population = strategy.ask().size();
        boolean noEvaluations = stage.budget()
                .evaluations()
                .filter(limit -> evaluations + population > limit)
                .isPresent();
        boolean noGenerations = stage.budget()
                .generations()
                .filter(limit -> generations >= limit)
                .isPresent();
        return noEvaluations || noGenerations ? Optional.of(spent(evaluations, generations)) : Optional.empty();
    }

    private static String spent(int evaluations, int generations) {
        return "budget spent: " + evaluations + " evaluations in " + generations + " generations";
    }
}
