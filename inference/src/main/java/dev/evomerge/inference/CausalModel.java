package dev.evomerge.inference;

import dev.evomerge.inference.model.ModelConfig;
import dev.evomerge.inference.model.UnsupportedModelException;
import dev.evomerge.recipe.LayerPath;
import dev.evomerge.recipe.LayerPath.Hop;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

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
    private final int hops;
    private final Execution execution;

    /** A layer of a model on the way of a token, and what multiplies the pending output of the visit before as it enters. */
    record Visit(ResidentModel model, int layer, double scale) {}

    private CausalModel(String name, ResidentModel outer, List<Visit> visits) {
        this.name = name;
        this.config = outer.config();
        this.hops = visits.size();
        List<Visit> path = List.copyOf(visits);
        this.execution = outer.runsOnCpuKernels() ? new CpuExecution(outer, path) : new ProgramExecution(outer, path);
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
        if (a.runsOnCpuKernels() != b.runsOnCpuKernels()) {
            return "one runs on a CPU, the other on GPUs";
        }
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

    Execution execution() {
        return execution;
    }

    /**
     * The logits of every position, in float32: {@code length × vocabulary}.
     *
     * @param tokens one sequence
     */
    public float[] logits(int... tokens) {
        return execution.logits(tokens);
    }

    /** The natural logarithms of each token's probability after those before it, from the second token on. */
    public float[] logProbabilities(int... tokens) {
        return execution.logProbabilities(tokens);
    }

    /** What it is called in messages. */
    public String name() {
        return name;
    }

    @Override
    public void close() {
        execution.close();
    }
}
