package dev.evomerge.inference;

import dev.evomerge.inference.model.ModelConfig;
import dev.evomerge.inference.model.ModelConfig.Layer;
import dev.evomerge.inference.model.Rope;
import dev.evomerge.inference.model.UnsupportedModelException;
import dev.evomerge.inference.torch.Program;
import dev.evomerge.inference.torch.Value;
import dev.evomerge.inference.torch.Value.Part;
import dev.evomerge.recipe.LayerPath;
import dev.evomerge.recipe.LayerPath.Hop;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A language model that runs: the layers of one resident model as they are, or a path through the layers of several. It borrows the weights, so
 * a candidate that is written into them is what runs next.
 *
 * <p>One thread at a time. Closing it frees its caches, not the weights.
 */
public final class CausalModel implements AutoCloseable {

    static final int IN_EMBEDDING = -2;
    static final int IN_HEAD = -1;

    private final String name;
    private final ModelConfig config;
    private final Program program;
    private final List<Layer> kinds;
    private final ResidentModel outer;
    private final List<Visit> visits;
    private final Value kindOfHop;
    private final Value windows;
    private final Value scales;
    private final int hops;
    private Caches caches;
    private Value weights;
    private List<Long> weightVersions = List.of();

    /** Rotary tables and the keys and values of past tokens, for so many slots and positions. */
    private record Caches(int slots, int positions, boolean longRope, Value ropes, Value keysAndValues)
            implements AutoCloseable {
        @Override
        public void close() {
            ropes.close();
            keysAndValues.close();
        }
    }

    private record Visit(ResidentModel model, int layer, double scale) {}

    private CausalModel(String name, ResidentModel outer, List<Visit> visits) {
        this.name = name;
        this.config = outer.config();
        this.program = outer.program();
        this.outer = outer;
        this.visits = List.copyOf(visits);
        this.hops = visits.size();
        List<Layer> layers = visits.stream()
                .map(visit -> visit.model().config().layers().get(visit.layer()))
                .toList();
        this.kinds = layers.stream().distinct().toList();
        this.kindOfHop = Value.ofLongs(layers.stream().mapToLong(kinds::indexOf).toArray());
        this.windows = Value.ofLongs(kinds.stream().mapToLong(Layer::window).toArray());
        this.scales = Value.ofDoubles(visits.stream().mapToDouble(Visit::scale).toArray());
    }

    /** A model as it is. */
    public static CausalModel of(ResidentModel model) {
        return new CausalModel(
                model.name(),
                model,
                model.config().path().stream()
                        .map(visit -> new Visit(model, visit.layer(), visit.scale()))
                        .toList());
    }

    /**
     * A path through the layers of several models.
     *
     * @param models by their names in the path
     * @throws UnsupportedModelException if the path names a model or a layer that is not there, or layers that do not fit together
     */
    public static CausalModel of(LayerPath path, Map<String, ResidentModel> models) {
        ResidentModel outer = model(models, path.embeddings());
        var visits = new ArrayList<Visit>();
        for (Hop hop : path.hops()) {
            ResidentModel inner = model(models, hop.model());
            int layers = inner.config().layers().size();
            if (hop.layer() < 0 || hop.layer() >= layers) {
                throw new UnsupportedModelException("hop " + visits.size() + " of the path visits layer " + hop.layer()
                        + " of " + hop.model() + ", which has " + layers);
            }
            String difference = difference(outer, inner);
            if (!difference.isEmpty()) {
                throw new UnsupportedModelException("hop " + visits.size() + " of the path: " + hop.model() + " and "
                        + path.embeddings() + " do not fit together: " + difference);
            }
            visits.add(new Visit(inner, hop.layer(), hop.scale()));
        }
        return new CausalModel(path.embeddings() + " with " + visits.size() + " hops", outer, visits);
    }

    private static ResidentModel model(Map<String, ResidentModel> models, String name) {
        ResidentModel model = models.get(name);
        if (model == null) {
            throw new UnsupportedModelException("the path names the model '" + name + "', there are "
                    + models.keySet().stream().sorted().toList());
        }
        return model;
    }

    /** What keeps two models' layers from running in one program; empty if nothing does. */
    private static String difference(ResidentModel a, ResidentModel b) {
        ModelConfig one = a.config();
        ModelConfig other = b.config();
        if (a.dtype() != b.dtype()) {
            return "element types " + a.dtype() + " and " + b.dtype();
        }
        if (one.hidden() != other.hidden()) {
            return "widths " + one.hidden() + " and " + other.hidden();
        }
        if (one.heads() != other.heads() || one.kvHeads() != other.kvHeads() || one.headDim() != other.headDim()) {
            return "heads " + one.heads() + "/" + one.kvHeads() + "×" + one.headDim() + " and " + other.heads() + "/"
                    + other.kvHeads() + "×" + other.headDim();
        }
        if (!one.traits().equals(other.traits()) || one.normEps() != other.normEps()) {
            return "layers of another kind, " + one.architecture() + " and " + other.architecture();
        }
        return "";
    }

    public ModelConfig config() {
        return config;
    }

    /** How many layers a token passes. */
    public int hops() {
        return hops;
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

    /** Makes room for so many sequences of so many tokens each; what the slots held is lost. */
    void reserve(int slots, int positions) {
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
        caches = new Caches(slots, rounded, longRope, ropes(positions, rounded), keysAndValues(slots, rounded));
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
                Value hopCount = Value.of(hops)) {
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

    /**
     * Reads prompts into slots and chooses each one's next token.
     *
     * @param slot  the first of the slots, one per prompt
     * @param past  how many leading tokens the slots already hold
     * @param choice  how the next token is chosen
     * @return the tokens chosen; −1 where logits are not finite
     */
    long[] prefill(int slot, int past, List<int[]> prompts, Choice choice) {
        try (Value first = Value.of(slot);
                Value held = Value.of(past);
                Value tokens = padded(prompts, past);
                Value lengths =
                        Value.tensor(prompts.stream().mapToLong(p -> p.length).toArray(), prompts.size());
                Value next = program.call(
                        "prefill",
                        weights(),
                        kindOfHop,
                        windows,
                        caches.ropes(),
                        scales,
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

    /**
     * Reads sequences of one length into the first slots and ranks each one's next tokens.
     *
     * @param past  how many leading tokens the slots already hold
     * @param count how many tokens are ranked
     * @return for each sequence {@code count} log probabilities, the highest first, then their tokens
     */
    float[] rank(int past, List<int[]> sequences, int count) {
        try (Value held = Value.of(past);
                Value tokens = padded(sequences, past);
                Value most = Value.of(count);
                Value best = program.call(
                        "rank",
                        weights(),
                        kindOfHop,
                        windows,
                        caches.ropes(),
                        scales,
                        caches.keysAndValues(),
                        held,
                        tokens,
                        most)) {
            return best.toFloats();
        }
    }

    /**
     * Goes on in slots 0 to n − 1.
     *
     * @param tokens  each slot's newest token, not yet read
     * @param lengths how many tokens each slot holds
     * @param steps   the most steps
     * @param ends    tokens that end a sequence
     * @param enough  stop once so many sequences have ended; they go on until then
     * @param choice  how tokens are chosen
     * @return steps × n tokens, step by step; −1 where logits were not finite
     */
    long[] decode(long[] tokens, long[] lengths, int steps, Value ends, int enough, Choice choice) {
        long longest = Arrays.stream(lengths).max().orElseThrow();
        boolean uniform = Arrays.stream(lengths).allMatch(length -> length == longest);
        try (Value newest = Value.tensor(tokens, tokens.length);
                Value held = Value.tensor(lengths, lengths.length);
                Value most = Value.of(longest);
                Value same = Value.of(uniform);
                Value limit = Value.of(steps);
                Value stopAt = Value.of(enough);
                Value out = program.call(
                        "decode",
                        weights(),
                        kindOfHop,
                        windows,
                        caches.ropes(),
                        scales,
                        caches.keysAndValues(),
                        newest,
                        held,
                        most,
                        same,
                        limit,
                        ends,
                        stopAt,
                        choice.drawing(),
                        choice.seen(),
                        choice.draws())) {
            return out.toLongs();
        }
    }

    /** Copies the first {@code length} positions of slots to other slots. */
    void move(long[] source, long[] target, int length) {
        try (Value from = Value.tensor(source, source.length);
                Value to = Value.tensor(target, target.length);
                Value positions = Value.of(length)) {
            program.call("move", caches.keysAndValues(), from, to, positions).close();
        }
    }

    /**
     * The logits of every position, in float32: {@code length × vocabulary}.
     *
     * @param tokens one sequence
     */
    public float[] logits(int... tokens) {
        try (Value logits = overSequence("logits", tokens)) {
            return logits.toFloats();
        }
    }

    /** The natural logarithms of each token's probability after those before it, from the second token on. */
    public float[] logProbabilities(int... tokens) {
        try (Value scores = overSequence("score", tokens)) {
            return scores.toFloats();
        }
    }

    /** Where the first number that is not finite comes up: a hop, or one of the constants. What the slots held is lost. */
    int firstNonFinite(int... tokens) {
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
            return program.call(method, weights(), kindOfHop, windows, caches.ropes(), scales, sequence);
        }
    }

    /** What it is called in messages. */
    public String name() {
        return name;
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
