package dev.evomerge.inference.cpu;

import dev.evomerge.inference.torch.Linear;
import dev.evomerge.inference.torch.Linear.Input;
import dev.evomerge.inference.torch.Linear.Output;
import java.util.Arrays;
import java.util.stream.Stream;

/** A linear layer's outputs: a team's members hold a share of the columns each. */
final class Outputs implements AutoCloseable {

    private final Output[] shares;
    /** Each member's first column; and after the last one's, the number of columns. */
    private final int[] firsts;

    private final int bytes;

    /**
     * @param weights deal out the columns
     * @param unit    columns that stay together
     */
    Outputs(CpuWeights weights, int columns, int unit) {
        int size = weights.team().size();
        shares = Stream.generate(Output::new).limit(size).toArray(Output[]::new);
        firsts = new int[size + 1];
        Arrays.setAll(firsts, member -> weights.share(member, columns, unit));
        bytes = weights.type().bytes();
    }

    /** What a member does of the layer. */
    void compute(int member, Linear[] layer, Input x) {
        if (layer[member] != null) {
            shares[member].compute(layer[member], x);
        }
    }

    int members() {
        return shares.length;
    }

    int first(int member) {
        return firsts[member];
    }

    int width(int member) {
        return firsts[member + 1] - firsts[member];
    }

    /** Where a row of a member's share begins. */
    long row(int member, int row) {
        return shares[member].address() + (long) row * width(member) * bytes;
    }

    /** Where an element lies; those after it that belong together follow. */
    long at(int row, int column) {
        int member = 0;
        while (column >= firsts[member + 1]) {
            member++;
        }
        return row(member, row) + (long) (column - firsts[member]) * bytes;
    }

    @Override
    public void close() {
        for (Output share : shares) {
            share.close();
        }
    }
}
