package dev.evomerge.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.evomerge.inference.Completion.Finish;
import dev.evomerge.inference.model.UnsupportedModelException;
import dev.evomerge.merge.safetensors.DType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GeneratorTest {

    private static final int NEW = 20;

    private static Fixture fixture;
    private static ResidentModel weights;
    private static CausalModel model;
    private static Tokenizer tokenizer;

    @BeforeAll
    static void load() throws IOException {
        fixture = Fixture.read("llama");
        weights = fixture.load(DType.F32);
        model = CausalModel.of(weights);
        tokenizer = TokenizerTest.read("characters");
    }

    @AfterAll
    static void free() {
        model.close();
        weights.close();
        tokenizer.close();
    }

    /** Prompts of very different lengths; some share a long beginning. */
    private static List<int[]> prompts(int count, int shared) {
        var random = new Random(7);
        int[] beginning = random.ints(shared, 3, 70).toArray();
        var prompts = new ArrayList<int[]>();
        for (int i = 0; i < count; i++) {
            int[] rest = random.ints(1 + random.nextInt(40), 3, 70).toArray();
            int[] prompt = Arrays.copyOf(beginning, shared + rest.length);
            System.arraycopy(rest, 0, prompt, shared, rest.length);
            prompts.add(prompt);
        }
        return prompts;
    }

    private static List<Completion> generate(List<int[]> prompts, GenerationOptions options) {
        return new Generator(model, tokenizer).generateTokens(prompts, options);
    }

    @Test
    void answersDoNotDependOnTheBatch() {
        List<int[]> prompts = prompts(50, 0);
        // Many end-of-text tokens, so that answers end at different steps and places are taken again.
        var options = GenerationOptions.greedy(model, NEW).withEndOfText(List.of(5, 17, 33, 60, 61, 62, 63, 64, 65));
        List<Completion> alone = prompts.stream()
                .map(prompt -> generate(List.of(prompt), options).getFirst())
                .toList();
        assertThat(alone).extracting(c -> c.tokens().size()).contains(1, NEW);
        for (int batch : List.of(1, 3, 8, 64)) {
            assertThat(generate(prompts, options.withBatchSize(batch))).isEqualTo(alone);
        }
    }

    @Test
    void sharedBeginningsAreReadOnceAndChangeNothing() {
        List<int[]> prompts = prompts(12, 30);
        var options =
                GenerationOptions.greedy(model, NEW).withEndOfText(List.of()).withBatchSize(5);
        List<Completion> alone = prompts.stream()
                .map(prompt -> generate(List.of(prompt), options).getFirst())
                .toList();
        assertThat(generate(prompts, options)).isEqualTo(alone);
    }

    @Test
    void repetitionPenaltyIsThatOfTransformers() {
        var options = GenerationOptions.greedy(
                        model, fixture.penalised().getFirst().size())
                .withEndOfText(List.of())
                .withBatchSize(4)
                .withDrawing(Drawing.GREEDY.withRepetitionPenalty(1.3));
        assertThat(generate(fixture.prompts(), options))
                .extracting(Completion::tokens)
                .isEqualTo(fixture.penalised())
                .isNotEqualTo(fixture.greedy());
    }

    @Test
    void drawsDependOnTheSeedAndNotOnTheBatch() {
        List<int[]> prompts = prompts(20, 0);
        var options = GenerationOptions.greedy(model, NEW)
                .withEndOfText(List.of(5, 17, 33))
                .withDrawing(Drawing.sampled(0.8, 11).withTop(40, 0.95));
        List<Completion> answers = generate(prompts, options);
        assertThat(generate(prompts, options.withBatchSize(3))).isEqualTo(answers);
        assertThat(generate(
                        prompts, options.withDrawing(Drawing.sampled(0.8, 12).withTop(40, 0.95))))
                .isNotEqualTo(answers);
    }

    /** Draws of a first token against the distribution that the logits say. */
    @Test
    void drawsFollowTheDistribution() {
        int[] prompt = fixture.prompts().getFirst();
        int draws = 4000;
        double temperature = 1.7;
        int topK = 12;
        var options = GenerationOptions.greedy(model, 1)
                .withEndOfText(List.of())
                .withDrawing(Drawing.sampled(temperature, 5).withTop(topK, 0.9));
        var counts = new int[model.config().vocabulary()];
        generate(java.util.Collections.nCopies(draws, prompt), options)
                .forEach(answer -> counts[answer.tokens().getFirst()]++);
        double[] expected = distribution(prompt, temperature, topK, 0.9);
        for (int token = 0; token < counts.length; token++) {
            double p = expected[token];
            assertThat((double) counts[token] / draws)
                    .isCloseTo(p, org.assertj.core.api.Assertions.within(1e-9 + 4.5 * Math.sqrt(p * (1 - p) / draws)));
        }
    }

    private static double[] distribution(int[] prompt, double temperature, int topK, double topP) {
        int vocabulary = model.config().vocabulary();
        float[] all = model.logits(prompt);
        float[] last = Arrays.copyOfRange(all, all.length - vocabulary, all.length);
        List<Integer> order = java.util.stream.IntStream.range(0, vocabulary)
                .boxed()
                .sorted((a, b) -> Float.compare(last[b], last[a]))
                .limit(topK)
                .toList();
        double total =
                order.stream().mapToDouble(t -> Math.exp(last[t] / temperature)).sum();
        var p = new double[vocabulary];
        double sum = 0;
        for (int token : order) {
            if (sum < topP) {
                p[token] = Math.exp(last[token] / temperature) / total;
                sum += p[token];
            }
        }
        for (int token : order) {
            p[token] /= sum;
        }
        return p;
    }

    @Test
    void aHundredGreedyAnswersAreThoseOfTransformers() throws IOException {
        Fixture hundred = Fixture.read("hundred");
        assertThat(hundred.prompts()).hasSize(100);
        var options = GenerationOptions.greedy(
                        model, hundred.greedy().getFirst().size())
                .withEndOfText(List.of())
                .withBatchSize(32);
        assertThat(generate(hundred.prompts(), options))
                .extracting(Completion::tokens)
                .isEqualTo(hundred.greedy());
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 4})
    void beamsAreThoseOfTransformers(int beams) throws IOException {
        Fixture hundred = Fixture.read("hundred");
        List<List<Integer>> expected = Fixture.answers("hundred", "beams" + beams);
        assertThat(expected).extracting(List::size).contains(32).anyMatch(length -> length < 10);
        var options = GenerationOptions.greedy(model, 32)
                .withEndOfText(List.of(5, 17, 33, 60, 61))
                .withBeams(beams);
        List<Completion> answers = generate(hundred.prompts().subList(0, expected.size()), options);
        assertThat(answers).extracting(Completion::tokens).isEqualTo(expected);
        assertThat(answers).extracting(Completion::finish).contains(Finish.LENGTH, Finish.END_OF_TEXT);
    }

    /** Each token of this tokenizer is a character: a stop string of one ends a beam as an end-of-text token does. */
    @Test
    void stopStringsEndBeams() {
        int[] prompt = {13, 8, 5};
        var options =
                GenerationOptions.greedy(model, NEW).withEndOfText(List.of()).withBeams(3);
        Completion whole = generate(List.of(prompt), options).getFirst();
        int end = whole.tokens().stream()
                .skip(4)
                .filter(token -> tokenizer.decode(List.of(token), true).length() == 1)
                .findFirst()
                .orElseThrow();
        String stop = tokenizer.decode(List.of(end), true);
        Completion ended =
                generate(List.of(prompt), options.withEndOfText(List.of(end))).getFirst();
        Completion stopped =
                generate(List.of(prompt), options.withStop(List.of(stop))).getFirst();
        assertThat(stopped.tokens()).isEqualTo(ended.tokens()).hasSizeLessThan(NEW);
        assertThat(stopped.finish()).isEqualTo(Finish.STOP);
        assertThat(stopped.text() + stop).isEqualTo(tokenizer.decode(ended.tokens(), true));
    }

    @Test
    void beamsAreNotDrawn() {
        var options = GenerationOptions.greedy(model, 4).withDrawing(Drawing.sampled(1, 1));
        assertThatThrownBy(() -> options.withBeams(2))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("beams is 2");
    }

    @Test
    void endOfTextEndsAnAnswer() {
        int[] prompt = fixture.prompts().getFirst();
        List<Integer> expected = fixture.greedy().getFirst();
        int end = expected.get(5);
        int first = expected.indexOf(end);
        Completion answer = generate(
                        List.of(prompt), GenerationOptions.greedy(model, NEW).withEndOfText(List.of(end)))
                .getFirst();
        assertThat(answer.finish()).isEqualTo(Finish.END_OF_TEXT);
        assertThat(answer.tokens()).isEqualTo(expected.subList(0, first + 1));
        assertThat(answer.promptTokens()).isEqualTo(prompt.length);
    }

    @Test
    void stopStringEndsAnAnswerAndIsNotPartOfIt() {
        // The model has more tokens than the tokenizer: an answer of which most tokens are characters.
        int[] prompt = {13, 8, 5};
        var options = GenerationOptions.greedy(model, NEW).withEndOfText(List.of());
        Completion whole = generate(List.of(prompt), options).getFirst();
        assertThat(whole.finish()).isEqualTo(Finish.LENGTH);
        assertThat(whole.tokens()).hasSize(NEW);
        String stop = whole.text().substring(5, 7);
        Completion stopped = generate(List.of(prompt), options.withStop(List.of("never there", stop)))
                .getFirst();
        assertThat(stopped.finish()).isEqualTo(Finish.STOP);
        assertThat(stopped.text())
                .isEqualTo(whole.text().substring(0, whole.text().indexOf(stop)));
        assertThat(stopped.tokens())
                .isEqualTo(whole.tokens().subList(0, stopped.tokens().size()));
    }

    @Test
    void longPromptIsRefusedAloneAndContextLimitsTheAnswer() {
        int context = model.config().context();
        int[] tooLong = new Random(1).ints(context, 3, 70).toArray();
        int[] nearly = Arrays.copyOf(tooLong, context - 4);
        var options = GenerationOptions.greedy(model, NEW).withEndOfText(List.of());
        List<Completion> answers =
                generate(List.of(tooLong, nearly, fixture.prompts().getFirst()), options);
        assertThat(answers)
                .extracting(Completion::finish)
                .containsExactly(Finish.PROMPT_TOO_LONG, Finish.LENGTH, Finish.LENGTH);
        assertThat(answers).extracting(c -> c.tokens().size()).containsExactly(0, 4, NEW);
    }

    @Test
    void textsAreEncodedAndDecoded() {
        var options = GenerationOptions.greedy(model, 8).withEndOfText(List.of());
        String text = "三かける四は";
        Completion answer =
                new Generator(model, tokenizer).generate(List.of(text), options).getFirst();
        assertThat(answer.tokens()).hasSize(8);
        assertThat(answer.text())
                .isEqualTo(tokenizer.decode(answer.tokens(), true))
                .isNotEmpty();
        assertThat(answer.promptTokens()).isEqualTo(text.length());
    }

    @Test
    void tokenBeyondTheVocabularyIsAnError() {
        assertThatThrownBy(
                        () -> generate(List.of(new int[] {4}, new int[] {4, 96}), GenerationOptions.greedy(model, 4)))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContaining("prompt 1 holds the token 96, the vocabulary of llama has 96");
    }

    @Test
    void emptyPromptIsAnError() {
        assertThatThrownBy(() -> generate(List.of(new int[] {4}, new int[0]), GenerationOptions.greedy(model, 4)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("prompt 1");
    }
}
