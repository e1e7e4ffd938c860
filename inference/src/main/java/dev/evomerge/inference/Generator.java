package dev.evomerge.inference;

import dev.evomerge.inference.Completion.Finish;
import dev.evomerge.inference.model.UnsupportedModelException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Answers prompts in batches. Prompts of like length are read together, the longest first; a finished answer's place in the batch goes to the
 * next prompt at once; what all prompts begin with is read once.
 */
public final class Generator {

    /** Prompt tokens that are read in one call: enough to keep the cores busy, few enough to stay in their caches. */
    private static final int PREFILL_TOKENS = 2048;

    /** A common beginning shorter than this is not worth a copy per prompt. */
    private static final int SHORTEST_PREFIX = 16;

    /** Steps between looks for stop strings. */
    private static final int STEPS_BETWEEN_STOPS = 8;

    /** Is told of each answer as soon as it is whole, by the thread that generates. */
    @FunctionalInterface
    public interface Listener {

        /** @param prompt the number of the prompt, from 0 */
        void answered(int prompt, Completion completion);
    }

    private final CausalModel model;
    private final Optional<Tokenizer> tokenizer;

    public Generator(CausalModel model, Tokenizer tokenizer) {
        this.model = model;
        this.tokenizer = Optional.of(tokenizer);
    }

    /** A generator of tokens only: prompts are tokens, there are no stop strings, and the texts of completions are empty. */
    public Generator(CausalModel model) {
        this.model = model;
        this.tokenizer = Optional.empty();
    }

    /**
     * Answers texts, each encoded with the tokenizer's own special tokens.
     *
     * @return one completion per prompt, in their order
     * @throws NonFiniteLogitsException if the model computes NaN or infinity
     */
    public List<Completion> generate(List<String> prompts, GenerationOptions options) {
        return generateTokens(
                tokenizer
                        .orElseThrow(() -> new IllegalStateException("texts need a tokenizer"))
                        .encode(prompts, true),
                options);
    }

    /**
     * Answers prompts that are tokens already, each of at least one.
     *
     * @return one completion per prompt, in their order
     * @throws NonFiniteLogitsException if the model computes NaN or infinity
     */
    public List<Completion> generateTokens(List<int[]> prompts, GenerationOptions options) {
        return generateTokens(prompts, options, (prompt, completion) -> {});
    }

    /** The same, with somebody who looks on. */
    public List<Completion> generateTokens(List<int[]> prompts, GenerationOptions options, Listener listener) {
        if (tokenizer.isEmpty() && !options.stop().isEmpty()) {
            throw new IllegalArgumentException("stop strings need a tokenizer");
        }
        var sequences = new ArrayList<Sequence>();
        for (int[] prompt : prompts) {
            check(prompt, sequences.size());
            sequences.add(new Sequence(
                    sequences.size(),
                    prompt,
                    Math.min(options.maxNewTokens(), model.config().context() - prompt.length)));
        }
        if (options.beams() > 1) {
            var search = new BeamSearch(model, options, stops(options));
            return sequences.stream()
                    .map(sequence -> searched(search, sequence, listener))
                    .toList();
        }
        sequences.stream().filter(s -> s.limit <= 0).forEach(s -> listener.answered(s.index, completion(s)));
        new Run(options, listener)
                .answer(sequences.stream().filter(s -> s.limit > 0).toList());
        return sequences.stream().map(this::completion).toList();
    }

    private Completion searched(BeamSearch search, Sequence sequence, Listener listener) {
        Completion answer;
        if (sequence.limit > 0) {
            Completion best = search.answer(sequence.prompt, sequence.limit);
            answer = best.finish() == Finish.STOP
                    ? best
                    : new Completion(text(best.tokens()), best.tokens(), best.promptTokens(), best.finish());
        } else {
            answer = completion(sequence);
        }
        listener.answered(sequence.index, answer);
        return answer;
    }

    private StopStrings stops(GenerationOptions options) {
        return new StopStrings(options.stop(), this::text);
    }

    private void check(int[] prompt, int number) {
        if (prompt.length == 0) {
            throw new IllegalArgumentException("prompt " + number + " has no tokens, expected at least one");
        }
        int vocabulary = model.config().vocabulary();
        for (int token : prompt) {
            if (token < 0 || token >= vocabulary) {
                throw new UnsupportedModelException(
                        "prompt " + number + " holds the token " + token + ", the vocabulary of " + model.name()
                                + " has " + vocabulary + ": is the tokenizer another model's?");
            }
        }
    }

    private Completion completion(Sequence sequence) {
        String text = sequence.finish == Finish.STOP ? sequence.stoppedText : text(sequence.tokens);
        return new Completion(text, sequence.tokens, sequence.prompt.length, sequence.finish);
    }

    private String text(List<Integer> tokens) {
        return tokenizer.map(t -> t.decode(tokens, true)).orElse("");
    }

    /** A prompt and what was generated for it so far. */
    private static final class Sequence {
        final int index;
        final int[] prompt;
        final int limit;
        final List<Integer> tokens = new ArrayList<>();
        Finish finish;
        String stoppedText;

        Sequence(int index, int[] prompt, int limit) {
            this.index = index;
            this.prompt = prompt;
            this.limit = limit;
            this.finish = limit > 0 ? null : Finish.PROMPT_TOO_LONG;
        }

        /** How many tokens its slot holds: all but the newest. */
        int held() {
            return prompt.length + tokens.size() - 1;
        }

        int remaining() {
            return limit - tokens.size();
        }
    }

    /** One call of generate: the sequences in slots 0 to n − 1, and those that wait. */
    private final class Run {
        private final GenerationOptions options;
        private final Listener listener;
        private final StopStrings stops;
        private final Set<Integer> endOfText;
        private final List<Sequence> running = new ArrayList<>();
        private Deque<Sequence> waiting;
        private int slots;
        private int prefix;

        Run(GenerationOptions options, Listener listener) {
            this.options = options;
            this.listener = listener;
            this.stops = stops(options);
            this.endOfText = Set.copyOf(options.endOfText());
        }

        void answer(List<Sequence> sequences) {
            if (sequences.isEmpty()) {
                return;
            }
            waiting = new ArrayDeque<>(sequences.stream()
                    .sorted(Comparator.comparingInt((Sequence s) -> s.prompt.length)
                            .reversed())
                    .toList());
            slots = Math.min(options.batchSize(), sequences.size());
            prefix = commonPrefix(sequences);
            model.execution()
                    .reserve(
                            slots + (prefix > 0 ? 1 : 0),
                            sequences.stream()
                                    .mapToInt(s -> s.prompt.length + s.limit)
                                    .max()
                                    .orElseThrow());
            if (prefix > 0) {
                try (Choice any = Choice.greedy()) {
                    model.execution()
                            .prefill(slots, 0, List.of(Arrays.copyOf(sequences.getFirst().prompt, prefix)), any);
                }
            }
            while (!waiting.isEmpty() || !running.isEmpty()) {
                while (!waiting.isEmpty() && running.size() < slots) {
                    admit();
                    retire();
                }
                if (!running.isEmpty()) {
                    decode();
                    retire();
                }
            }
        }

        private long[] ends() {
            // No token has the number −1: an empty set without an empty tensor.
            return endOfText.isEmpty()
                    ? new long[] {-1}
                    : endOfText.stream().mapToLong(i -> i).toArray();
        }

        /** How many leading tokens all prompts share, at least one short of the shortest prompt; 0 if sharing does not pay. */
        private int commonPrefix(List<Sequence> sequences) {
            int[] first = sequences.getFirst().prompt;
            int shared = first.length - 1;
            for (Sequence sequence : sequences) {
                int differs = Arrays.mismatch(first, sequence.prompt);
                int same = differs < 0 ? first.length : differs;
                shared = Math.min(shared, Math.min(same, sequence.prompt.length - 1));
            }
            return sequences.size() > 1 && shared >= SHORTEST_PREFIX ? shared : 0;
        }

        /** Reads the next waiting prompts into the slots after those in use. */
        private void admit() {
            int longest = waiting.peekFirst().prompt.length - prefix;
            int count = Math.clamp(PREFILL_TOKENS / longest, 1, Math.min(slots - running.size(), waiting.size()));
            var admitted = new ArrayList<Sequence>();
            for (int i = 0; i < count; i++) {
                admitted.add(waiting.removeFirst());
            }
            int first = running.size();
            if (prefix > 0) {
                var source = new long[count];
                Arrays.fill(source, slots);
                var target = new long[count];
                Arrays.setAll(target, i -> first + i);
                model.execution().move(source, target, prefix);
            }
            long[] next;
            try (Choice choice = choice(admitted, 1)) {
                next = model.execution()
                        .prefill(
                                first,
                                prefix,
                                admitted.stream().map(s -> s.prompt).toList(),
                                choice);
            }
            running.addAll(admitted);
            for (int i = 0; i < count; i++) {
                append(admitted.get(i), next[i]);
            }
        }

        private void decode() {
            int n = running.size();
            int steps = running.stream().mapToInt(Sequence::remaining).min().orElseThrow();
            if (!stops.isEmpty()) {
                steps = Math.min(steps, STEPS_BETWEEN_STOPS);
            }
            var newest = running.stream().mapToLong(s -> s.tokens.getLast()).toArray();
            var held = running.stream().mapToLong(Sequence::held).toArray();
            long[] out;
            try (Choice choice = choice(running, steps)) {
                out = model.execution().decode(newest, held, steps, ends(), Math.max(1, n / 8), choice);
            }
            for (int at = 0; at < out.length; at++) {
                Sequence sequence = running.get(at % n);
                if (sequence.finish == null) {
                    append(sequence, out[at]);
                }
            }
            if (!stops.isEmpty()) {
                running.forEach(this::lookForStop);
            }
        }

        /** How the next tokens of sequences are chosen. */
        private Choice choice(List<Sequence> sequences, int steps) {
            Drawing drawing = options.drawing();
            if (drawing.isGreedy()) {
                return Choice.greedy();
            }
            int n = sequences.size();
            int vocabulary =
                    drawing.repetitionPenalty() == 1 ? 1 : model.config().vocabulary();
            var seen = new boolean[n * vocabulary];
            var draws = new float[steps * n];
            for (int row = 0; row < n; row++) {
                Sequence sequence = sequences.get(row);
                if (vocabulary > 1) {
                    for (int token : sequence.prompt) {
                        seen[row * vocabulary + token] = true;
                    }
                    for (int token : sequence.tokens) {
                        seen[row * vocabulary + token] = true;
                    }
                }
                for (int step = 0; step < steps; step++) {
                    draws[step * n + row] = drawing.draw(sequence.index, sequence.tokens.size() + step);
                }
            }
            return Choice.of(drawing, seen, draws, n);
        }

        private void append(Sequence sequence, long token) {
            if (token < 0) {
                throw notFinite(sequence);
            }
            sequence.tokens.add((int) token);
            if (endOfText.contains((int) token)) {
                sequence.finish = Finish.END_OF_TEXT;
            } else if (sequence.remaining() == 0) {
                sequence.finish = Finish.LENGTH;
            }
        }

        private NonFiniteLogitsException notFinite(Sequence sequence) {
            int[] read = Arrays.copyOf(sequence.prompt, sequence.prompt.length + sequence.tokens.size());
            for (int i = 0; i < sequence.tokens.size(); i++) {
                read[sequence.prompt.length + i] = sequence.tokens.get(i);
            }
            return new NonFiniteLogitsException(model.name(), model.execution().firstNonFinite(read));
        }

        /** Cuts the answer at the first stop string, if it holds one. */
        private void lookForStop(Sequence sequence) {
            if (stops.endIn(sequence.tokens)) {
                sequence.stoppedText = stops.textOf(sequence.tokens);
                sequence.tokens
                        .subList(stops.tokensOf(sequence.tokens), sequence.tokens.size())
                        .clear();
                sequence.finish = Finish.STOP;
            }
        }

        /** Takes finished sequences out, and moves the last ones into the slots that become free. */
        private void retire() {
            running.stream().filter(s -> s.finish != null).forEach(s -> listener.answered(s.index, completion(s)));
            int left = (int) running.stream().filter(s -> s.finish == null).count();
            var source = new ArrayList<Integer>();
            var target = new ArrayList<Integer>();
            int last = running.size() - 1;
            for (int slot = 0; slot < left; slot++) {
                if (running.get(slot).finish != null) {
                    while (running.get(last).finish != null) {
                        last--;
                    }
                    source.add(last);
                    target.add(slot);
                    running.set(slot, running.get(last--));
                }
            }
            running.subList(left, running.size()).clear();
            if (!source.isEmpty()) {
                int longest = running.stream().mapToInt(Sequence::held).max().orElseThrow();
                model.execution().move(longs(source), longs(target), longest);
            }
        }

        private static long[] longs(List<Integer> numbers) {
            return numbers.stream().mapToLong(Integer::longValue).toArray();
        }
    }
}
