package dev.evomerge.merge;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
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

    /** From a magnitude's bits to its bin of a sample. */
    private static final int SAMPLE_SHIFT = 15;

    private static final int[] NONE = {};

    /** How many of the values in the bracket are kept in memory at most; where more are equal or nearly so, another pass counts them. */
    private static final int KEPT = 1 << 25;

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
        boolean guessed = high - low < LARGEST;
        while (true) {
            Histogram counts = count(values, low, high, guessed, workers);
            if (k <= counts.above || k > counts.above + counts.inside) {
                low = 0;
                high = LARGEST;
                guessed = false;
                continue;
            }
            int bin = BINS - 1;
            long above = counts.above;
            while (above + counts.bins[bin] < k) {
                above += counts.bins[bin--];
            }
            int first = low + (bin << counts.shift);
            if (counts.shift == 0) {
                return of(values, first, k - above, counts.bins[bin], workers);
            }
            if (counts.keepsValues) {
                long[] equal = counts.values(first);
                int value = equal.length - 1;
                while (above + equal[value] < k) {
                    above += equal[value--];
                }
                return of(values, first + value, k - above, equal[value], workers);
            }
            low = first;
            high = Math.min(high, first + (1 << counts.shift) - 1);
        }
    }

    /** The set whose smallest magnitude is known; {@code wanted} of {@code equal} elements that have it belong to the set. */
    private static TopSet of(Values values, int bits, long wanted, long equal, Workers workers) {
        return new TopSet(bits, wanted == equal ? Long.MAX_VALUE : cut(values, bits, wanted, workers));
    }

    /** A bracket of bits that most likely holds the quantile, from evenly spaced blocks; always the same one. */
    private static int[] guess(Values values, double share) {
        long n = values.elements();
        if (n < 4L * SAMPLE) {
            return new int[] {0, LARGEST};
        }
        int run = 64;
        int[] bins = new int[BINS];
        float[] x = new float[run];
        Values.Reader reader = values.reader();
        long stride = n / (SAMPLE / run);
        for (int i = 0; i < SAMPLE; i += run) {
            reader.read(i / run * stride, x, run);
            for (float value : x) {
                bins[ScalarKernels.absoluteBits(value) >>> SAMPLE_SHIFT]++;
            }
        }
        double place = (1 - share) * SAMPLE;
        double margin = 6 * Math.sqrt(SAMPLE * share * (1 - share)) + 16;
        int low = bin(bins, place - margin) << SAMPLE_SHIFT;
        int high = ((bin(bins, place + margin) + 1) << SAMPLE_SHIFT) - 1;
        return new int[] {low, Math.min(high, LARGEST)};
    }

    /** The bin of what comes after {@code place} others in the order of size; the last one where there are not so many. */
    private static int bin(int[] bins, double place) {
        int bin = 0;
        for (long below = bins[0]; below <= place && bin < BINS - 1; below += bins[bin]) {
            bin++;
        }
        return bin;
    }

    private static final class Histogram {
        private final int low;
        private final int shift;
        private final AtomicLong room = new AtomicLong(KEPT);
        private volatile boolean keepsValues;
        private final long[] bins = new long[BINS];
        private final List<int[]> kept = new ArrayList<>();
        private long above;
        private long inside;

        Histogram(int low, int high, boolean keepsValues) {
            int shift = 0;
            while (((high - low) >>> shift) >= BINS) {
                shift++;
            }
            this.low = low;
            this.shift = shift;
            this.keepsValues = keepsValues && shift > 0;
        }

        synchronized void add(int[] counts, long above, long inside, int[] values) {
            for (int i = 0; i < BINS; i++) {
                bins[i] += counts[i];
            }
            this.above += above;
            this.inside += inside;
            kept.add(values);
        }

        /** Takes room for values that a thread wants to keep; where there is none left, nothing is kept. */
        void reserve(long values) {
            if (room.addAndGet(-values) < 0) {
                keepsValues = false;
            }
        }

        /** How often each magnitude of the bin that starts at {@code first} was seen. */
        long[] values(int first) {
            int width = 1 << shift;
            long[] equal = new long[width];
            for (int[] part : kept) {
                for (int value : part) {
                    if (Integer.compareUnsigned(value - first, width) < 0) {
                        equal[value - first]++;
                    }
                }
            }
            return equal;
        }
    }

    /**
     * Counts magnitudes above {@code high}, and those between by bins. Sums of whole numbers do not depend on the order.
     *
     * @param keep whether to keep what lies between, so that no second pass is needed
     */
    private static Histogram count(Values values, int low, int high, boolean keep, Workers workers) {
        var total = new Histogram(low, high, keep);
        long n = values.elements();
        var next = new AtomicLong();
        int runs = (int) Math.min(workers.threads(), TensorMerger.pieces(n, TensorMerger.PIECE));
        workers.each(runs, run -> {
            int[] bins = new int[BINS];
            int[] between = new int[Kernels.BLOCK + 64];
            int[] kept = NONE;
            float[] x = new float[Kernels.BLOCK];
            Values.Reader reader = values.reader();
            long above = 0;
            long inside = 0;
            for (long from = next.getAndAdd(TensorMerger.PIECE); from < n; from = next.getAndAdd(TensorMerger.PIECE)) {
                long to = Math.min(n, from + TensorMerger.PIECE);
                for (long at = from; at < to; at += Kernels.BLOCK) {
                    int size = (int) Math.min(Kernels.BLOCK, to - at);
                    reader.read(at, x, size);
                    long found = Kernels.of(values.elements()).partition(x, low, high, between, size);
                    int written = (int) found;
                    for (int i = 0; i < written; i++) {
                        bins[(between[i] - low) >>> total.shift]++;
                    }
                    if (total.keepsValues) {
                        if (kept.length < inside + written) {
                            int more = (int) Math.max(1 << 14, inside + written);
                            total.reserve(more);
                            kept = Arrays.copyOf(kept, kept.length + more);
                        }
                        System.arraycopy(between, 0, kept, (int) inside, written);
                    } else {
                        kept = NONE;
                    }
                    above += found >>> 32;
                    inside += written;
                }
            }
            total.add(bins, above, inside, total.keepsValues ? Arrays.copyOf(kept, (int) inside) : NONE);
        });
        return total;
    }

    /** The index of the {@code wanted}-th element whose magnitude has exactly these bits. */
    private static long cut(Values values, int bits, long wanted, Workers workers) {
        long n = values.elements();
        int piece = TensorMerger.PIECE;
        long left = wanted;
        int p = 0;
        // Wave by wave, as the cut is often reached long before the end.
        for (long[] equal = {}; ; p += equal.length) {
            int first = p;
            equal = new long[Math.min(4 * workers.threads(), TensorMerger.pieces(n, piece) - first)];
            long[] counts = equal;
            workers.each(counts.length, i -> counts[i] = countEqual(values, bits, (first + (long) i) * piece, piece));
            int i = 0;
            while (i < counts.length && counts[i] < left) {
                left -= counts[i++];
            }
            if (i < counts.length) {
                p += i;
                break;
            }
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

    private static long countEqual(Values values, int bits, long from, int count) {
        int[] between = new int[Kernels.BLOCK + 64];
        float[] x = new float[Kernels.BLOCK];
        Values.Reader reader = values.reader();
        long to = Math.min(values.elements(), from + count);
        long equal = 0;
        for (long at = from; at < to; at += Kernels.BLOCK) {
            int size = (int) Math.min(Kernels.BLOCK, to - at);
            reader.read(at, x, size);
            equal += (int) Kernels.of(values.elements()).partition(x, bits, bits, between, size);
        }
        return equal;
    }

    /** Whether elements of the smallest magnitude belong to the set in one part of a block and not in the other. */
    boolean isCut(long element, int count) {
        return cut >= element && cut < element + count - 1;
    }

    /** The absolute bits above which all elements of a block belong to the set, where it is not {@linkplain #isCut cut}. */
    int below(long element) {
        return cut >= element ? bits - 1 : bits;
    }

    /** Sets what is not in the set to zero. */
    void keep(Kernels kernels, float[] x, long element, int count) {
        if (!isCut(element, count)) {
            kernels.keepAbove(x, below(element), count);
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
        if (!isCut(element, count)) {
            kernels.dropAbove(x, below(element), count);
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
