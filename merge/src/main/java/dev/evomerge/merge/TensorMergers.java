package dev.evomerge.merge;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/** Which merger carries out which method. */
final class TensorMergers {

    private TensorMergers() {}

    /**
     * The merger of a tensor, its sources loaded.
     *
     * @param arena owns what must be loaded into memory; stays open while the merger is used
     */
    static TensorMerger of(OutputTensor tensor, Arena arena) {
        List<Operand> inputs = tensor.inputs().stream()
                .map(input -> Operand.load(input, arena))
                .toList();
        if (!tensor.info().dtype().isMergeable()) {
            return copy(tensor, arena);
        }
        return switch (tensor.method()) {
            case LINEAR -> linear(tensor, inputs);
            case PASSTHROUGH -> scaled(tensor, inputs);
            case SLERP, NUSLERP, MULTISLERP, KARCHER, MODEL_STOCK ->
                AngleMerger.of(tensor, base(tensor, arena), inputs);
            case SCE -> new SceMerger(tensor, base(tensor, arena).orElseThrow(), inputs);
            case NEARSWAP -> new NearSwapMerger(tensor, base(tensor, arena).orElseThrow(), inputs.getFirst());
            case TASK_ARITHMETIC, TIES, DARE_LINEAR, DARE_TIES, DELLA, DELLA_LINEAR, BREADCRUMBS, BREADCRUMBS_TIES ->
                new TaskVectorMerger(tensor, base(tensor, arena).orElseThrow(), inputs);
        };
    }

    private static Optional<Operand> base(OutputTensor tensor, Arena arena) {
        return tensor.base().map(input -> Operand.load(input, arena));
    }

    private static TensorMerger linear(OutputTensor tensor, List<Operand> inputs) {
        float[] weights = new float[inputs.size()];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = inputs.get(i).input().parameter("weight");
        }
        return new LinearMerger(tensor, inputs, weights, tensor.isOn("normalize"));
    }

    private static TensorMerger scaled(OutputTensor tensor, List<Operand> inputs) {
        return new LinearMerger(
                tensor, inputs, new float[] {inputs.getFirst().input().parameter("scale")}, false);
    }

    /** Tensors that hold no numbers to mix (positions, masks) must be the same everywhere and are copied. */
    private static TensorMerger copy(OutputTensor tensor, Arena arena) {
        List<Operand> all =
                tensor.all().stream().map(input -> Operand.load(input, arena)).toList();
        MemorySegment first = all.getFirst().data();
        for (Operand other : all) {
            if (first.mismatch(other.data()) >= 0) {
                throw new MergeException(List.of(new Problem(
                        other.input().model(),
                        Optional.of(other.input().tensor()),
                        tensor.info().dtype() + " values that differ from those of "
                                + all.getFirst().input().model(),
                        "the same values, as they cannot be mixed")));
            }
        }
        int bytes = tensor.info().dtype().bytes();
        return (from, count, target) -> MemorySegment.copy(first, from * bytes, target, 0, (long) count * bytes);
    }
}
