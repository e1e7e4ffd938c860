package dev.evomerge.search;

import dev.evomerge.search.SearchSpec.Goal;
import dev.evomerge.search.SearchSpec.Stage;
import dev.evomerge.search.random.Draws;
import dev.evomerge.search.space.Encoding;
import dev.evomerge.search.strategy.Strategy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The generations of one stage. Where candidates are not asked all questions, the stage ends with one more batch in which the most promising, and the
 * optimizer's own favourite, are.
 */
final class StagePhase implements Phase {

    private static final long PURPOSE = 0x7374616765L;
    private static final long QUESTIONS = 0x7175657374L;

    private static final long CONFIRMED = 0x636f6e66L;

    /** How many candidates are asked more questions in the end, per finalist. */
    private static final int CONFIRMED_PER_FINALIST = 4;

    /** How many of the latest candidates an estimate looks at: in every generation, and in the end. */
    private static final int LATEST = 256;

    private static final int LATEST_IN_THE_END = 512;

    private final SearchSpec spec;
    private final int index;
    private final Stage stage;
    private final Goal goal;
    private final Encoding encoding;
    private final Strategy strategy;
    private final Archive archive;
    private final History history;
    private final Answers answers;
    private final Map<String, Candidate> candidates = new HashMap<>();
    private final Map<String, double[]> genomes = new HashMap<>();

    private Optional<Generation> current = Optional.empty();
    private Optional<Rounds> confirmation = Optional.empty();
    private int generations;
    private int evaluations;
    private Optional<String> stop = Optional.empty();
    private boolean over;

    /** A generation in progress; it has rounds unless all candidates are asked all questions. */
    private record Generation(List<Candidate> candidates, Optional<Rounds> rounds) {}

    StagePhase(SearchSpec spec, int index, Archive archive, History history) {
        this.spec = spec;
        this.index = index;
        this.stage = spec.stages().get(index);
        this.goal = spec.objectives().getFirst().goal();
        this.encoding = Strategies.encoding(spec, index);
        this.strategy = Strategies.of(
                stage, encoding, Draws.of(spec.seed(), PURPOSE, index).nextLong());
        this.archive = archive;
        this.history = history;
        this.answers = new Answers(Strategies.pool(stage.fidelity()));
    }

    @Override
    public Optional<Batch> next(int number) {
        if (over) {
            return Optional.empty();
        }
        if (current.isEmpty() && stop.isEmpty()) {
            stop = missingModel().or(strategy::stopped).or(this::budgetSpent);
            if (stop.isEmpty()) {
                begin(number);
            }
        }
        return stop.isPresent() ? confirmation(number) : Optional.of(batchOf(number, current.orElseThrow()));
    }

    @Override
    public void tell(Batch batch, BatchRecord results) {
        if (stop.isPresent()) {
            confirm(batch, results);
            return;
        }
        var generation = current.orElseThrow();
        if (generation.rounds().isEmpty()) {
            archive.add(batch, results, Archive.Origin.SEARCH, OptionalInt.of(index));
            finish(generation.candidates().stream()
                    .map(candidate -> archive.losses(candidate.id(), Split.SEARCH))
                    .toArray(double[][]::new));
            return;
        }
        Rounds rounds = generation.rounds().get();
        answers.add(batch, results);
        rounds.advance();
        if (rounds.next().isEmpty()) {
            archive(generation.candidates());
            finish(
                    stage.fidelity() instanceof Fidelity.Estimation
                            ? estimated(generation.candidates())
                            : rounds.losses(goal));
        }
    }

    private void begin(int number) {
        var bred = new ArrayList<Candidate>();
        List<double[]> asked = strategy.ask();
        for (double[] genome : asked) {
            String name = String.format(Locale.ROOT, "c%02d", bred.size());
            bred.add(new Candidate(id(number, name), encoding.decode(genome)));
        }
        var generation = new Generation(List.copyOf(bred), rounds(bred));
        if (generations > 0 && history.contradicts(batchOf(number, generation))) {
            // The budget has grown after the stage had ended.
            stop = Optional.of(spent());
            return;
        }
        if (generation.rounds().isPresent()) {
            for (int k = 0; k < bred.size(); k++) {
                remember(bred.get(k), asked.get(k));
            }
        }
        current = Optional.of(generation);
    }

    private Optional<Rounds> rounds(List<Candidate> bred) {
        var draws = Draws.of(spec.seed(), QUESTIONS, index, generations);
        return switch (stage.fidelity()) {
            case Fidelity.AllQuestions all -> Optional.empty();
            case Fidelity.Estimation estimation -> Optional.of(Rounds.once(bred, estimation.asked(), answers, draws));
            case Fidelity.Racing racing -> Optional.of(Rounds.race(racing, bred, answers, goal, draws));
        };
    }

    private void remember(Candidate candidate, double[] genome) {
        candidates.put(candidate.id(), candidate);
        genomes.put(candidate.id(), genome);
    }

    /** The losses of a generation as estimated; where all answered alike, they are equal: earlier answers alone make no difference. */
    private double[][] estimated(List<Candidate> generation) {
        boolean alike = generation.stream()
                        .filter(candidate -> answers.has(candidate.id()))
                        .mapToDouble(candidate -> answers.mean(candidate.id()))
                        .distinct()
                        .count()
                <= 1;
        var estimates = alike ? Optional.<Estimates>empty() : Optional.of(estimates(answers.latest(LATEST)));
        return generation.stream()
                .map(Candidate::id)
                .map(id -> new double[] {
                    answers.has(id) ? estimates.map(e -> e.loss(id)).orElse(0.0) : Double.POSITIVE_INFINITY
                })
                .toArray(double[][]::new);
    }

    private void finish(double[][] losses) {
        strategy.tell(losses);
        generations++;
        evaluations += losses.length;
        current = Optional.empty();
    }

    private void end() {
        over = true;
        archive.endStage(stage.name(), index, stop.orElseThrow());
    }

    private Batch batchOf(int number, Generation generation) {
        var round = generation.rounds().flatMap(Rounds::next);
        return batch(
                number,
                round.map(Rounds.Round::candidates).orElse(generation.candidates()),
                round.map(Rounds.Round::questions));
    }

    /** The last batches of a stage whose generations were asked subsets. */
    private Optional<Batch> confirmation(int number) {
        if (confirmation.isEmpty() && !(stage.fidelity() instanceof Fidelity.AllQuestions) && !answers.isEmpty()) {
            confirmation = Optional.of(promising(number));
        }
        var round = confirmation.flatMap(Rounds::next);
        if (round.isEmpty()) {
            end();
        }
        return round.map(next -> batch(number, next.candidates(), Optional.of(next.questions())));
    }

    /** How many answers the last batches ask for at most; where all of them fail, the next best are asked as well. */
    static long confirmation(int finalists, int pool) {
        return Rounds.halvingQuestions(CONFIRMED_PER_FINALIST * finalists + 1, finalists, pool);
    }

    /** Those that look best, and what the optimizer itself holds for best. */
    private Rounds promising(int number) {
        var known = answers.latest(LATEST_IN_THE_END);
        var chosen = new ArrayList<Candidate>();
        strategy.favourite().ifPresent(genome -> {
            var mean = new Candidate(id(number, "mean"), encoding.decode(genome));
            remember(mean, genome);
            chosen.add(mean);
        });
        estimates(known).ranked().stream()
                .limit(CONFIRMED_PER_FINALIST * spec.finalists())
                .filter(id -> !answers.isComplete(id))
                .forEach(id -> chosen.add(candidates.get(id)));
        var ids = Stream.concat(known.stream(), chosen.stream().map(Candidate::id))
                .distinct()
                .toList();
        return Rounds.halving(
                chosen,
                spec.finalists(),
                answers,
                () -> estimates(ids.stream().filter(answers::has).toList()).ranked(),
                Draws.of(spec.seed(), QUESTIONS, index, CONFIRMED));
    }

    private Estimates estimates(List<String> ids) {
        return new Estimates(answers, ids, genomes, goal);
    }

    private void confirm(Batch batch, BatchRecord results) {
        Rounds rounds = confirmation.orElseThrow();
        answers.add(batch, results);
        rounds.advance();
        if (rounds.next().isPresent()) {
            return;
        }
        archive(batch.candidates());
        if (archive.ranked(entry -> entry.stage().equals(OptionalInt.of(index))).isEmpty()) {
            // All of them have failed: the next best get their chance.
            confirmation = Optional.empty();
        } else {
            end();
        }
    }

    private void archive(List<Candidate> answered) {
        answered.forEach(
                candidate -> archive.add(candidate, outcome(candidate), Archive.Origin.SEARCH, OptionalInt.of(index)));
    }

    private Batch batch(int number, List<Candidate> asked, Optional<List<Integer>> questions) {
        return new Batch(
                number,
                Batch.Kind.GENERATION,
                stage.name(),
                asked,
                Set.of(Split.SEARCH),
                questions,
                archive.stageWinners());
    }

    /** A score for those that have answered everything; the others have none that could be compared with it. */
    private Evaluation.Outcome outcome(Candidate candidate) {
        if (!answers.isComplete(candidate.id())) {
            return new Evaluation.Failed("not asked all questions");
        }
        double[] mean = {answers.mean(candidate.id())};
        return new Evaluation.Scored(Map.of(Split.SEARCH, new Evaluation.Scores(mean, answers.of(candidate.id()))));
    }

    /** Other stages have other ids, so that a record tells whose generation it is. */
    private String id(int number, String name) {
        String prefix = index == 0 ? "" : "s" + index + "-";
        return String.format(Locale.ROOT, "g%04d-%s%s", number, prefix, name);
    }

    private Optional<String> missingModel() {
        return stage.space().models().stream()
                .filter(model -> model.startsWith(Strategies.STAGE_PREFIX))
                .filter(model -> !archive.stageWinners().containsKey(model))
                .findFirst()
                .map(model -> "there is no " + model + ": nothing in that stage could be scored");
    }

    private Optional<String> budgetSpent() {
        int population = strategy.populationSize();
        var budget = stage.budget();
        boolean noEvaluations = budget.evaluations()
                .filter(limit -> evaluations + population > limit)
                .isPresent();
        boolean noGenerations =
                budget.generations().filter(limit -> generations >= limit).isPresent();
        return noEvaluations || noGenerations ? Optional.of(spent()) : Optional.empty();
    }

    private String spent() {
        return "budget spent: " + evaluations + " evaluations in " + generations + " generations";
    }
}
