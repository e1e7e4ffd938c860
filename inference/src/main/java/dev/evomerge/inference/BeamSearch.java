package dev.evomerge.inference;

import dev.evomerge.inference.Completion.Finish;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Beam search over one prompt's answers as transformers does it with {@code early_stopping=False} and {@code length_penalty=1}: a beam's score is
 * the sum of its tokens' log probabilities; an ended beam's is divided by its length, and the search is over when no running beam, at its present
 * length, would come among the best ended ones. A stop string ends a beam as an end-of-text token does.
 */
final class BeamSearch {

    private final CausalModel model;
    private final int beams;
    private final Set<Integer> ends;
    private final StopStrings stops;
    private final int candidates;

    /** Tokens generated so far, which slot holds all but the newest, and the sum of log probabilities or, ended, their mean. */
    private record Beam(int slot, int[] tokens, float score) {

        Beam then(int token, float sum) {
            int[] longer = Arrays.copyOf(tokens, tokens.length + 1);
            longer[tokens.length] = token;
            return new Beam(slot, longer, sum);
        }

        Beam ended() {
            return new Beam(slot, tokens, score / tokens.length);
        }

        List<Integer> list() {
            return Arrays.stream(tokens).boxed().toList();
        }

        int newest() {
            return tokens[tokens.length - 1];
        }
    }

    BeamSearch(CausalModel model, GenerationOptions options, StopStrings stops) {
        this.stops = stops;
        this.model = model;
        this.beams = options.beams();
        this.ends = new HashSet<>(options.endOfText());
        // So many that enough go on even if every end-of-text token is likely in every beam.
        this.candidates = Math.max(2, 1 + ends.size()) * beams;
    }

    /**
     * The best answer; its text is left to the caller unless a stop string ended it.
     *
     * @param limit the most tokens, ≥ 1
     * @throws NonFiniteLogitsException if the model computes NaN or infinity
     */
    Completion answer(int[] prompt, int limit) {
        model.execution().reserve(beams, prompt.length + limit);
        List<Beam> running = List.of(new Beam(0, new int[0], 0));
        List<Beam> ended = new ArrayList<>();
        while (!running.isEmpty()) {
            List<Beam> ranked = ranked(prompt, running);
            running = new ArrayList<>();
            for (int i = 0; i < ranked.size(); i++) {
                Beam beam = ranked.get(i);
                boolean ends = isEnd(beam.newest()) || beam.tokens().length == limit || isStopped(beam);
                if (ends && i < beams) {
                    ended.add(beam.ended());
                } else if (!ends && running.size() < beams) {
                    running.add(beam);
                }
            }
            ended.sort(Comparator.comparingDouble(Beam::score).reversed());
            ended.subList(Math.min(beams, ended.size()), ended.size()).clear();
            if (!running.isEmpty()
                    && ended.size() == beams
                    && running.getFirst().ended().score() <= ended.getLast().score()) {
                break;
            }
            running = inOwnSlots(running, prompt.length);
        }
        return completion(ended.getFirst().list(), prompt.length);
    }

    private Completion completion(List<Integer> tokens, int promptTokens) {
        if (stops.endIn(tokens)) {
            return new Completion(stops.textOf(tokens), tokens, promptTokens, Finish.STOP);
        }
        return new Completion("", tokens, promptTokens, isEnd(tokens.getLast()) ? Finish.END_OF_TEXT : Finish.LENGTH);
    }

    private boolean isStopped(Beam beam) {
        return !stops.isEmpty() && stops.endIn(beam.list());
    }

    private boolean isEnd(int token) {
        return ends.contains(token);
    }

    /** The likeliest continuations by one token, the best first. */
    private List<Beam> ranked(int[] prompt, List<Beam> running) {
        List<int[]> sequences = running.stream()
                .map(beam -> IntStream.concat(Arrays.stream(prompt), Arrays.stream(beam.tokens()))
                        .toArray())
                .toList();
        int count = Math.min(candidates, model.config().vocabulary());
        int length = sequences.getFirst().length;
        boolean first = running.getFirst().tokens().length == 0;
        float[] best = model.execution().rank(first ? 0 : length - 1, sequences, count);
        var continued = new ArrayList<Beam>();
        for (int row = 0; row < running.size(); row++) {
            Beam beam = running.get(row);
            int at = 2 * count * row;
            if (!Float.isFinite(best[at])) {
                throw new NonFiniteLogitsException(
                        model.name(), model.execution().firstNonFinite(sequences.get(row)));
            }
            for (int i = at; i < at + count; i++) {
                continued.add(beam.then((int) best[i + count], beam.score() + best[i]));
            }
        }
        continued.sort(Comparator.comparingDouble(Beam::score).reversed());
        return continued.subList(0, Math.min(candidates, continued.size()));
    }

    /** Moves what each beam has read into the slot of its place in the list. */
    private List<Beam> inOwnSlots(List<Beam> running, int promptLength) {
        var moved = new ArrayList<Beam>();
        for (Beam beam : running) {
            moved.add(new Beam(moved.size(), beam.tokens(), beam.score()));
        }
        if (!running.isEmpty()) {
            long[] source = running.stream().mapToLong(Beam::slot).toArray();
            long[] target = moved.stream().mapToLong(Beam::slot).toArray();
            model.execution()
                    .move(source, target, promptLength + running.getFirst().tokens().length - 1);
        }
        return moved;
    }
}
