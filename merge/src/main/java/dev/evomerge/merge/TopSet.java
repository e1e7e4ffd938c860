package dev.evomerge.merge;

import java.util.concurrent.atomic.AtomicLong;

/**
 * The k largest elements of some values by magnitude; of equal ones, those with the smaller index.
 *
 * @param bits the bits of the smallest magnitude in the set
 * @param cut  elements of exactly this magnitude belong to the set up to this index, inclusive
 */
record TopSet(int bits, long cut) {

    static final TopSet EMPTY = new TopSet(Kernels.INFINITY_BITS, -1);
    private static final int LARGEST = Kernels.INFINITY_BITS;
    private static final int BINS = 1 << 16;
    private static final int SAMPLE = 1 << 14;

    /**
     * Finds the set exactly: a sample says about where the smallest magnitude lies; one pass counts what is above that bracket and
     * histograms what is inside; further passes narrow it until a bin is a single value. A bracket that missed starts anew from everything.
     *
     * @param k how many elements, 0 to all
     */
    static TopSet find(Values values, long k, Workers workers) {
        if (k == 0) {
            return EMPTY;
        }
        if (k == values.elements()) {
            return new TopSet(0, Long.MAX_VALUE);
        }
        int[] bracket = guess(values, (double) k / values.elements());
        int low = bracket[0];
        int high = bracket[1];
        while (true) {
            Histogram counts = count(values, low, high, workers);
            if (k <= counts.above || k > counts.above + counts.inside) {
                low = 0;
                high = LARGEST;
                continue;
            }
            int bin = BINS - 1;
            long above = counts.above;
            while (above + counts.bins[bin] < k) {
                above += counts.bins[bin--];
            }
            int first = low + (bin << counts.shift);
            if (counts.shift == 0) {
                long wanted = k - above;
                long cut = wanted == counts.bins[bin] ? Long.MAX_VALUE : cut(values, first, wanted, workers);
                return new TopSet(first, cut);
            }
            low = first;
            high = Math.min(high, first + (1 << counts.shift) - 1);
        }
    }

    /** A bracket of bits that most likely holds the quantile, from evenly spaced blocks; always the same one. */
    private static int[] guess(Values values, double share) {
        long n = values.elements();
        if (n < 4L * SAMPLE) {
            return new int[] {0, LARGEST};
        }
        int run = 64;
        int[] sample = new int[SAMPLE];
        float[] x = new float[run];
        Values.Reader reader = values.reader();
        long stride = n / (SAMPLE / run);
        for (int i = 0; i < SAMPLE; i += run) {
            reader.read(i / run * stride, x, run);
            for (int j = 0; j < run; j++) {
                sample[i + j] = ScalarKernels.absoluteBits(x[j]);
            }
        }
        java.util.Arrays.sort(sample);
        double place = (1 - share) * SAMPLE;
        double margin = 6 * Math.sqrt(SAMPLE * share * (1 - share)) + 16;
        int low = (int) Math.floor(place - margin);
        int high = (int) Math.ceil(place + margin);
        return new int[] {low < 0 ? 0 : sample[low], high >= SAMPLE ? LARGEST : sample[high]};
    }

    private static final class Histogram {
        private final int shift;
        private final long[] bins = new long[BINS];
        private long above;
        private long inside;

        Histogram(int low, int high) {
            int shift = 0;
            while (((high - low) >>> shift) >= BINS) {
                shift++;
            }
            this.shift = shift;
        }

        synchronized void add(int[] counts, long above, long inside) {
            for (int i = 0; i < BINS; i++) {
                bins[i] += counts[i];
            }
            this.above += above;
            this.inside += inside;
        }
    }

    /** Counts magnitudes above {@code high}, and those between by bins. Sums of whole numbers do not depend on the order. */
    private static Histogram count(Values values, int low, int high, Workers workers) {
        var total = new Histogram(low, high);
        int shift = total.shift;
        long n = values.elements();
        var next = new AtomicLong();
        int runs = (int) Math.min(workers.threads(), TensorMerger.pieces(n, TensorMerger.PIECE));
        workers.each(runs, run -> {
            int[] bins = new int[BINS];
            int[] between = new int[Kernels.BLOCK + 64];
            float[] x = new float[Kernels.BLOCK];
            Values.Reader reader = values.reader();
            long above = 0;
            long inside = 0;
            for (long from = next.getAndAdd(TensorMerger.PIECE); from < n; from = next.getAndAdd(TensorMerger.PIECE)) {
                long to = Math.min(n, from + TensorMerger.PIECE);
                for (long at = from; at < to; at += Kernels.BLOCK) {
                    int size = (int) Math.min(Kernels.BLOCK, to - at);
                    reader.read(at, x, size);
                    long found = Kernels.best().partition(x, low, high, between, size);
                    int written = (int) found;
                    for (int i = 0; i < written; i++) {
                        bins[(between[i] - low) >>> shift]++;
                    }
                    above += found >>> 32;
                    inside += written;
                }
            }
            total.add(bins, above, inside);
        });
        return total;
    }

    /** The index of the {@code wanted}-th element whose magnitude has exactly these bits. */
    private static long cut(Values values, int bits, long wanted, Workers workers) {
        long n = values.elements();
        int piece = TensorMerger.PIECE;
        long[] equal = new long[TensorMerger.pieces(n, piece)];
        workers.each(equal.length, p -> {
            int[] between = new int[Kernels.BLOCK + 64];
            float[] x = new float[Kernels.BLOCK];
            Values.Reader reader = values.reader();
            long to = Math.min(n, (p + 1L) * piece);
            for (long at = (long) p * piece; at < to; at += Kernels.BLOCK) {
                int size = (int) Math.min(Kernels.BLOCK, to - at);
                reader.read(at, x, size);
                equal[p] += (int) Kernels.best().partition(x, bits, bits, between, size);
            }
        });
        int p = 0;
        long left = wanted;
        while (equal[p] < left) {
            left -= equal[p++];
        }
        float[] x = new float[Kernels.BLOCK];
        Values.Reader reader = values.reader();
        for (long at = (long) p * piece; ; at += Kernels.BLOCK) {
            int size = (int) Math.min(Kernels.BLOCK, n - at);
            reader.read(at, x, size);
            for (int i = 0; i < size; i++) {
                if (ScalarKernels.absoluteBits(x[i]) == bits && --left == 0) {
                    return at + i;
                }
            }
        }
    }

    /** Sets what is not in the set to zero. */
    void keep(Kernels kernels, float[] x, long element, int count) {
        if (cut >= element + count - 1 || cut < element) {
            kernels.keepAbove(x, bits, cut >= element, count);
            return;
        }
        for (int i = 0; i < count; i++) {
            if (!contains(x[i], element + i)) {
                x[i] = 0;
            }
        }
    }

    /** Sets what is in the set to zero. */
    void drop(Kernels kernels, float[] x, long element, int count) {
        if (cut >= element + count - 1 || cut < element) {
            kernels.dropAbove(x, bits, cut >= element, count);
            return;
        }
        for (int i = 0; i < count; i++) {
            if (contains(x[i], element + i)) {
                x[i] = 0;
            }
        }
    }

    private boolean contains(float value, long index) {
        int magnitude = ScalarKernels.absoluteBits(value);
        return magnitude > bits || (magnitude == bits && index <= cut);
    }
}
