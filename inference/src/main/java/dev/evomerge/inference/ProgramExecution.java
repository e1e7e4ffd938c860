package dev.evomerge.inference;

import dev.evomerge.inference.CausalModel.Visit;
import dev.evomerge.inference.model.ModelConfig.Layer;
import dev.evomerge.inference.model.Rope;
import dev.evomerge.inference.torch.Program;
import dev.evomerge.inference.torch.Value;
import dev.evomerge.inference.torch.Value.Part;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** By a TorchScript program: on GPUs, and on CPUs for element types that oneDNN does not run there. */
final class ProgramExecution implements Execution {

    private final Program program;
    private final List<Layer> kinds;
    private final ResidentModel outer;
    private final List<Visit> visits;
    private final Value kindOfHop;
    private final Value windows;
    private final Value scales;
    private Caches caches;
    private Value weights;
    private List<Long> weightVersions = List.of();

    /** Rotary tables and the keys and values of past tokens, for so many slots and positions. */
    private record Caches(int slots, int positions, boolean longRope, Value keysAndValues, Value ropes)
            implements AutoCloseable {
        @Override
        public void close() {
            keysAndValues.close();
            ropes.close();
        }
    }

    ProgramExecution(ResidentModel outer, List<Visit> visits) {
        this.program = outer.program();
        this.outer = outer;
        this.visits = visits;
        List<Layer> layers = visits.stream()
                .map(visit -> visit.model().config().layers().get(visit.layer()))
                .toList();
        this.kinds = layers.stream().distinct().toList();
        this.kindOfHop = Value.ofLongs(layers.stream().mapToLong(kinds::indexOf).toArray());
        this.windows = Value.ofLongs(kinds.stream().mapToLong(Layer::window).toArray());
        this.scales = Value.ofDoubles(visits.stream().mapToDouble(Visit::scale).toArray());
    }

    /** The weights as they are now. */
    private Value weights() {
        List<Long> versions = Stream.concat(Stream.of(outer), visits.stream().map(Visit::model))
                .map(ResidentModel::version)
                .toList();
        if (weights == null || !versions.equals(weightVersions)) {
            closeWeights();
            var parts = new ArrayList<Part>();
            parts.add(new Part(outer.tensors(), outer.globals()));
            visits.forEach(visit ->
                    parts.add(new Part(visit.model().tensors(), visit.model().layer(visit.layer()))));
            weights = Value.tensorsOf(parts);
            weightVersions = versions;
        }
        return weights;
    }

    private void closeWeights() {
        if (weights != null) {
            weights.close();
            weights = null;
        }
    }

    @Override
    public void reserve(int slots, int positions) {
        boolean longRope =
                kinds.stream().anyMatch(kind -> positions > kind.rope().switchAt());
        if (caches != null
                && caches.slots() >= slots
                && caches.positions() >= positions
                && caches.longRope() == longRope) {
            return;
        }
        closeCaches();
        int rounded = Math.ceilDiv(positions, 64) * 64;
        // Keys and values first: what is too long does not fit there, before its tables are made.
        caches = new Caches(slots, rounded, longRope, keysAndValues(slots, rounded), ropes(positions, rounded));
    }

    private void closeCaches() {
        if (caches != null) {
            caches.close();
            caches = null;
        }
    }

    private Value keysAndValues(int slots, int positions) {
        try (Value slotCount = Value.of(slots);
                Value positionCount = Value.of(positions);
                Value hopCount = Value.of(visits.size())) {
            return program.call("caches", slotCount, positionCount, hopCount, weights());
        }
    }

    private Value ropes(int longest, int rounded) {
        var tensors = new ArrayList<Value>();
        try {
            for (Layer kind : kinds) {
                Rope.Tables tables = kind.rope().tables(longest, rounded);
                for (float[] table : List.of(tables.cos(), tables.sin())) {
                    try (Value single =
                            Value.tensor(table, rounded, 1, kind.rope().width())) {
                        tensors.add(program.call("cast", single, weights()));
                    }
                }
            }
            return Value.tensors(tensors);
        } finally {
            tensors.forEach(Value::close);
        }
    }

    @Override
    public long[] prefill(int slot, int past, List<int[]> prompts, Choice choice) {
        try (Value first = Value.of(slot);
                Value held = Value.of(past);
                Value tokens = padded(prompts, past);
                Value lengths =
                        Value.tensor(prompts.stream().mapToLong(p -> p.length).toArray(), prompts.size());
                Value next = overPath(
                        "prefill",
                        caches.keysAndValues(),
                        first,
                        held,
                        tokens,
                        lengths,
                        choice.drawing(),
                        choice.seen(),
                        choice.draws())) {
            return next.toLongs();
        }
    }

    /** What comes after the first {@code past} tokens of each sequence, a row each, with zeros behind the shorter ones. */
    private static Value padded(List<int[]> sequences, int past) {
        int longest = sequences.stream().mapToInt(s -> s.length).max().orElseThrow() - past;
        long[] rows = new long[sequences.size() * longest];
        for (int row = 0; row < sequences.size(); row++) {
            int[] sequence = sequences.get(row);
            for (int i = past; i < sequence.length; i++) {
                rows[row * longest + i - past] = sequence[i];
            }
        }
        return Value.tensor(rows, sequences.size(), longest);
    }

    @Override
    public float[] rank(int past, List<int[]> sequences, int count) {
        try (Value held = Value.of(past);
                Value tokens = padded(sequences, past);
                Value most = Value.of(count);
                Value best = overPath("rank", caches.keysAndValues(), held, tokens, most)) {
            return best.toFloats();
        }
    }

    @Override
    public long[] decode(long[] tokens, long[] lengths, int steps, long[] ends, int enough, Choice choice) {
        long longest = Arrays.stream(lengths).max().orElseThrow();
        boolean uniform = Arrays.stream(lengths).allMatch(length -> length == longest);
        try (Value newest = Value.tensor(tokens, tokens.length);
                Value held = Value.tensor(lengths, lengths.length);
                Value most = Value.of(longest);
                Value same = Value.of(uniform);
                Value limit = Value.of(steps);
                Value stops = Value.tensor(ends, ends.length);
                Value stopAt = Value.of(enough);
                Value out = overPath(
                        "decode",
                        caches.keysAndValues(),
                        newest,
                        held,
                        most,
                        same,
                        limit,
                        stops,
                        stopAt,
                        choice.drawing(),
                        choice.seen(),
                        choice.draws())) {
            return out.toLongs();
        }
    }

    @Override
    public void move(long[] source, long[] target, int length) {
        try (Value from = Value.tensor(source, source.length);
                Value to = Value.tensor(target, target.length);
                Value positions = Value.of(length)) {
            program.call("move", caches.keysAndValues(), from, to, positions).close();
        }
    }

    @Override
    public float[] logits(int... tokens) {
        try (Value logits = overSequence("logits", tokens)) {
            return logits.toFloats();
        }
    }

    @Override
    public float[] logProbabilities(int... tokens) {
        try (Value scores = overSequence("score", tokens)) {
            return scores.toFloats();
        }
    }

    @Override
    public int firstNonFinite(int... tokens) {
        try (Value where = overSequence("probe", tokens)) {
            return (int) where.toLong();
        } finally {
            // Masked positions are multiplied by 0: what is not finite there would spoil the next candidate's answers.
            closeCaches();
        }
    }

    private Value overSequence(String method, int[] tokens) {
        reserve(1, tokens.length);
        try (Value sequence = Value.tensor(Arrays.stream(tokens).asLongStream().toArray(), 1, tokens.length)) {
            return overPath(method, sequence);
        }
    }

    /** Calls a method that carries tokens through the path. */
    private Value overPath(String method, Value... arguments) {
        var path = Stream.of(weights(), kindOfHop, windows, caches.ropes(), scales);
        return program.call(
                method, Stream.concat(path, Arrays.stream(arguments)).toArray(Value[]::new));
    }

    @Override
    public void close() {
        closeCaches();
        closeWeights();
        for (Value value : List.of(kindOfHop, windows, scales)) {
            value.close();
        }
    }
}
