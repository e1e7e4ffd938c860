package dev.evomerge.search.random;

/**
 * A stream of random numbers that is a function of its key.
 *
 * <p>A draw belongs to a place (seed, purpose, generation, candidate), not to a moment, so replaying a part of a search needs none of the draws
 * before it. The generator is SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014).
 */
public final class Draws {

    private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

    private long state;

    private Draws(long state) {
        this.state = state;
    }

    /** The stream of a key; other keys, and keys of another length, give unrelated streams. */
    public static Draws of(long... key) {
        long state = mix(key.length);
        for (long part : key) {
            state = mix(state + GOLDEN_GAMMA + mix(part + GOLDEN_GAMMA));
        }
        return new Draws(state);
    }

    /** 64 random bits. */
    public long nextLong() {
        state += GOLDEN_GAMMA;
        return mix(state);
    }

    /** Uniform in the open interval (0, 1): the midpoints of 2⁵² equal cells. */
    public double nextDouble() {
        return ((nextLong() >>> 12) + 0.5) * 0x1.0p-52;
    }

    /** Uniform in {0, …, bound − 1}. */
    public int nextInt(int bound) {
        return (int) Math.unsignedMultiplyHigh(nextLong(), bound);
    }

    /** Standard normal. */
    public double nextGaussian() {
        return Normal.quantile(nextDouble());
    }

    /** {@code n} standard normal numbers. */
    public double[] gaussians(int n) {
        double[] values = new double[n];
        for (int i = 0; i < n; i++) {
            values[i] = nextGaussian();
        }
        return values;
    }

    /** {@code n} numbers, uniform in (0, 1). */
    public double[] uniforms(int n) {
        double[] values = new double[n];
        for (int i = 0; i < n; i++) {
            values[i] = nextDouble();
        }
        return values;
    }

    /** A random order of 0, …, n − 1 (Fisher–Yates). */
    public int[] permutation(int n) {
        int[] order = new int[n];
        for (int i = 0; i < n; i++) {
            int j = nextInt(i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        return order;
    }

    private static long mix(long z) {
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
