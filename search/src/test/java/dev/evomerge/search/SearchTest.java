package dev.evomerge.search;

import static dev.evomerge.search.Specs.TASK_ARITHMETIC;
import static dev.evomerge.search.Specs.cmaEs;
import static dev.evomerge.search.Specs.evaluations;
import static dev.evomerge.search.Specs.spec;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.evomerge.recipe.Recipe;
import dev.evomerge.recipe.RecipeFormat;
import dev.evomerge.search.Batch.Kind;
import dev.evomerge.search.SearchSpec.Stage;
import dev.evomerge.search.Step.Finished;
import dev.evomerge.search.Step.Standing;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SearchTest {

    private static final SearchSpec SPEC = spec(TASK_ARITHMETIC, cmaEs(), evaluations(120));
    private static final Simulation.Landscape QUADRATIC = Simulation.of(Specs::quadratic);

    @Test
    void beginsWithBaselinesThenGenerationsThenFinalists() {
        var run = Simulation.run(SPEC, QUADRATIC);

        assertThat(run.batches.getFirst().kind()).isEqualTo(Kind.BASELINES);
        assertThat(run.batches.getFirst().candidates().stream()
                        .map(Candidate::id)
                        .limit(9))
                .containsExactly(
                        "source-japanese",
                        "source-maths",
                        "source-base",
                        "uniform-soup",
                        "half-blend",
                        "ties",
                        "dare-ties",
                        "random-000",
                        "random-001");
        assertThat(run.batches.subList(1, 21)).allSatisfy(batch -> {
            assertThat(batch.kind()).isEqualTo(Kind.GENERATION);
            assertThat(batch.splits()).containsExactly(Split.SEARCH);
            assertThat(batch.candidates()).hasSize(6);
        });
        assertThat(run.batches.get(3).candidates().get(5).id()).isEqualTo("g0003-c05");
        assertThat(run.batches.getLast().kind()).isEqualTo(Kind.FINALISTS);
        assertThat(run.batches.getLast().splits()).containsExactlyInAnyOrder(Split.SELECTION, Split.TEST);
        assertThat(run.batches).hasSize(22);
    }

    @Test
    void finishesWithTheBestMergeItsTableAndTheReason() {
        var run = Simulation.run(SPEC, QUADRATIC);

        assertThat(run.end).isInstanceOfSatisfying(Finished.class, end -> {
            assertThat(Specs.quadratic(end.winner().recipe())).isCloseTo(1, within(1e-3));
            assertThat(end.table().getFirst().candidate()).isEqualTo(end.winner());
            assertThat(end.table()).hasSize(3 + 7 + 1);
            assertThat(end.table())
                    .isSortedAccordingTo((a, b) ->
                            Double.compare(b.selection().get(), a.selection().get()));
            assertThat(end.stop()).isEqualTo("budget spent: 120 evaluations in 20 generations");
        });
    }

    @Test
    void theWinnerIsChosenOnSelectionQuestionsNotOnSearchQuestions() {
        // On unseen questions everything is upside down.
        var run = Simulation.run(SPEC, (batch, candidate) -> {
            double sign = batch.splits().contains(Split.SEARCH) ? 1 : -1;
            return Simulation.of(recipe -> sign * Specs.quadratic(recipe)).score(batch, candidate);
        });

        var finalists = run.batches.getLast().candidates().subList(0, 3);
        assertThat(((Finished) run.end).winner()).isEqualTo(finalists.get(2));
    }

    @Test
    void whatAnEarlierStageFoundIsNotHiddenByALaterOneThatOnlyLooksBetter() {
        Stage first = SPEC.stages().getFirst();
        var second = new Stage("second", first.space(), first.algorithm(), first.budget());
        var lucky = new HashSet<Recipe>();
        var run = Simulation.run(Specs.withStages(SPEC, first, second), (batch, candidate) -> {
            if (batch.stage().equals("second")) {
                lucky.add(candidate.recipe());
            }
            double luck =
                    !lucky.contains(candidate.recipe()) ? 0 : batch.splits().contains(Split.SEARCH) ? 1 : -1;
            return Simulation.of(recipe -> Specs.quadratic(recipe) + luck).score(batch, candidate);
        });

        assertThat(run.batches.getLast().candidates().subList(0, 6)).satisfies(finalists -> {
            assertThat(finalists.subList(0, 3))
                    .as("the best on the search questions first")
                    .allMatch(finalist -> lucky.contains(finalist.recipe()));
            assertThat(finalists.subList(3, 6)).noneMatch(finalist -> lucky.contains(finalist.recipe()));
        });
        assertThat(((Finished) run.end).winner().recipe()).isNotIn(lucky);
    }

    @Test
    void withoutUnseenQuestionsTheWinnerIsTheBestOnTheSearchQuestions() {
        var run = Simulation.run(Specs.withSplits(SPEC, Split.SEARCH), QUADRATIC);

        assertThat(run.batches.getLast().kind()).isEqualTo(Kind.GENERATION);
        Standing winner = ((Finished) run.end).table().getFirst();
        assertThat(winner.search()).isPresent();
        assertThat(winner.test()).isEmpty();
    }

    @Test
    void testQuestionsAloneAreEnoughForAFinal() {
        var run = Simulation.run(Specs.withSplits(SPEC, Split.SEARCH, Split.TEST), QUADRATIC);

        assertThat(run.batches.getLast().splits()).isEqualTo(Set.of(Split.TEST));
        assertThat(((Finished) run.end).winner())
                .isEqualTo(run.batches.getLast().candidates().getFirst());
    }

    @Test
    void theSearchGoesOnWhenHalfOfEveryBatchFails() {
        var run = Simulation.run(
                SPEC,
                (batch, candidate) -> batch.candidates().indexOf(candidate) % 2 == 0 && batch.kind() != Kind.FINALISTS
                        ? new Evaluation.Failed("OutOfMemory")
                        : QUADRATIC.score(batch, candidate));

        assertThat(run.end).isInstanceOfSatisfying(Finished.class, end -> {
            assertThat(Specs.quadratic(end.winner().recipe())).isCloseTo(1, within(0.02));
            assertThat(end.table())
                    .anySatisfy(row -> assertThat(row.candidate().id()).isEqualTo("source-japanese"));
        });
    }

    @Test
    void aScoreThatIsNoNumberIsAFailure() {
        var run = Simulation.run(
                SPEC,
                (batch, candidate) -> candidate.id().endsWith("c01")
                        ? Simulation.of(recipe -> Double.NaN).score(batch, candidate)
                        : QUADRATIC.score(batch, candidate));

        assertThat(((Finished) run.end).winner().id()).doesNotEndWith("c01");
    }

    @Test
    void failsOnlyWhenNothingCouldBeScored() {
        var run = Simulation.run(SPEC, (batch, candidate) -> new Evaluation.Failed("Crashed"));

        assertThat(run.end).isEqualTo(new Step.Failed("none of the 120 candidates of the search could be scored"));
    }

    @Test
    void aBudgetThatGrowsContinuesTheSameSearch() {
        var shorter = new ArrayList<>(Simulation.run(SPEC, QUADRATIC).history.subList(0, 15));
        var grown = spec(TASK_ARITHMETIC, cmaEs(), evaluations(240));
        var resumed = new Simulation();
        resumed.history.addAll(shorter);
        resumed.resume(new Search(grown), QUADRATIC);

        assertThat(resumed.end).isInstanceOfSatisfying(Finished.class, end -> {
            assertThat(end.stop()).isEqualTo("budget spent: 240 evaluations in 40 generations");
            assertThat(end.table())
                    .anySatisfy(row -> assertThat(row.candidate().id()).startsWith("random-"));
        });
        long random = resumed.history.stream()
                .flatMap(record -> record.evaluations().stream())
                .map(Evaluation::candidate)
                .filter(id -> id.startsWith("random-"))
                .distinct()
                .count();
        assertThat(random).as("as many as the stage scored").isEqualTo(240);
    }

    @Test
    void aBudgetThatGrowsAfterTheFinalChangesNothing() {
        var run = Simulation.run(SPEC, QUADRATIC);

        var end = new Search(spec(TASK_ARITHMETIC, cmaEs(), evaluations(240))).next(run.history);

        assertThat(end).isEqualTo(run.end);
    }

    @Test
    void refusesAHistoryOfAnotherSpecification() {
        var history = Simulation.run(SPEC, QUADRATIC).history;
        var larger = spec(TASK_ARITHMETIC, new Algorithm.CmaEs(Optional.empty(), Optional.of(8)), evaluations(120));

        assertThatThrownBy(() -> new Search(larger).next(history))
                .isInstanceOf(SearchException.class)
                .hasMessage("record 1 holds candidates [g0001-c00, g0001-c01, … g0001-c05] (6), expected "
                        + "[g0001-c00, g0001-c01, … g0001-c07] (8): the history is of another specification");
    }

    /** The same names, made otherwise: what another version of the search would have bred. */
    @Test
    void refusesResultsOfOtherCandidatesOfTheSameNames() {
        var baselines = Simulation.run(SPEC, QUADRATIC).history.getFirst();
        var asked = ((Step.Evaluate) new Search(SPEC).next(List.of())).batch();
        var own = new BatchRecord(0, baselines.evaluations(), Optional.of(asked.digest()));
        var others = new BatchRecord(0, baselines.evaluations(), Optional.of("0".repeat(64)));

        assertThat(new Search(SPEC).next(List.of(own))).isInstanceOf(Step.Evaluate.class);
        assertThatThrownBy(() -> new Search(SPEC).next(List.of(others)))
                .isInstanceOf(SearchException.class)
                .hasMessageStartingWith("record 0 holds results of other candidates named [")
                .hasMessageContaining("it was written by another version of evomerge");
    }

    @Test
    void refusesAHistoryWithAGap() {
        var history = Simulation.run(SPEC, QUADRATIC).history;

        assertThatThrownBy(() -> new Search(SPEC).next(List.of(history.get(0), history.get(2))))
                .isInstanceOf(SearchException.class)
                .hasMessage("record 1 of the history is of batch 2, expected batch 1");
    }

    @Test
    void refusesScoresOfAnotherShape() {
        var history = new ArrayList<>(Simulation.run(SPEC, QUADRATIC).history);
        var evaluations = new ArrayList<>(history.get(2).evaluations());
        evaluations.set(
                4,
                new Evaluation(
                        "g0002-c04",
                        new Evaluation.Scored(java.util.Map.of(
                                Split.SEARCH, new Evaluation.Scores(new double[] {1, 2}, new double[0])))));
        history.set(2, new BatchRecord(2, evaluations));

        assertThatThrownBy(() -> new Search(SPEC).next(history))
                .isInstanceOf(SearchException.class)
                .hasMessage("record 2, candidate g0002-c04: found 2 objectives, expected 1");
    }

    @Test
    void refusesABudgetBelowOneGeneration() {
        assertThatThrownBy(() -> new Search(spec(TASK_ARITHMETIC, cmaEs(), evaluations(5))))
                .isInstanceOf(SearchException.class)
                .hasMessage("stage 'weights': evaluations must be enough for one generation of 6, found 5");
    }

    @Test
    void aUsersMergekitRecipeIsInTheFirstGeneration() {
        var recipe = RecipeFormat.parse("""
                merge_method: task_arithmetic
                base_model: base
                models:
                  - model: base
                  - model: maths
                    parameters: {weight: 0.3}
                  - model: japanese
                    parameters: {weight: 1.2}
                """);

        var run = Simulation.run(injecting(recipe), QUADRATIC);

        Candidate first = run.batches.get(1).candidates().getFirst();
        assertThat(first.id()).isEqualTo("g0001-c00");
        double[] weights = Specs.weights(first.recipe()).getFirst();
        assertThat(weights[0]).isCloseTo(1.2, within(1e-12));
        assertThat(weights[1]).isCloseTo(0.3, within(1e-12));
    }

    @Test
    void aRecipeOutsideTheSpaceCannotBeInjected() {
        var recipe = RecipeFormat.parse("""
                merge_method: task_arithmetic
                base_model: base
                models:
                  - model: maths
                    parameters: {weight: [0, 1]}
                """);

        assertThatThrownBy(() -> new Search(injecting(recipe)))
                .isInstanceOf(SearchException.class)
                .hasMessageStartingWith("stage 'weights': weight of maths is a gradient, expected one value");
    }

    private static SearchSpec injecting(Recipe recipe) {
        var stage = SPEC.stages().getFirst();
        return Specs.withStages(
                SPEC,
                new Stage(
                        stage.name(),
                        stage.space(),
                        stage.algorithm(),
                        stage.budget(),
                        stage.fidelity(),
                        List.of(recipe),
                        List.of()));
    }

    @Test
    void aHistoryOfAnotherSearchIsRefusedAlsoInTheMiddle() {
        var search = new Search(SPEC);
        var run = Simulation.run(SPEC, QUADRATIC);
        search.next(run.history.subList(0, 3));
        var foreign = new ArrayList<>(run.history.subList(0, 3));
        foreign.add(new BatchRecord(3, run.history.get(4).evaluations()));

        assertThatThrownBy(() -> search.next(foreign))
                .isInstanceOf(SearchException.class)
                .hasMessageStartingWith("record 3 holds candidates [g0004-c00");
        assertThat(search.next(run.history)).isEqualTo(run.end);
    }
}
