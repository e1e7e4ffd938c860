package dev.evomerge.merge;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Random numbers that depend on nothing but seed, model, tensor and element, so that a recipe gives the same bytes on any number of
 * threads, in any order, on any machine.
 *
 * <p>The key of a tensor is the first 8 bytes (big endian) of SHA-256 over {@code "<seed>\n<model>\n<tensor>"}. Each span of
 * 65536 elements has a key of its own, splitmix64 (Steele, Lea, Flood 2014) of the tensor's key and the span's number. Within a span an
 * element's number is a hash of its place and the two halves of that key; its multipliers and shifts are those of
 * "lowbias32" (C. Wellons, hash-prospector, public domain), which avalanches with a bias of 0.17.
 */
final class Draws {

    /** Elements that share a key. */
    static final int SPAN = 1 << 16;

    private final long key;

    private Draws(long key) {
        this.key = key;
    }

    static Draws of(long seed, String model, String tensor) {
        try {
            byte[] text = (seed + "\n" + model + "\n" + tensor).getBytes(StandardCharsets.UTF_8);
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text);
            return new Draws(java.nio.ByteBuffer.wrap(digest).getLong());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }

    /** The limit below which draws are kept with a probability of {@code density} in (0, 1). */
    static int limit(double density) {
        return (int) Math.min(0xFFFF_FFFFL, Math.round(density * 0x1p32));
    }

    /** The key of the span that holds an element. */
    long spanKey(long element) {
        long z = key + (element / SPAN + 1) * 0x9E37_79B9_7F4A_7C15L;
        z = (z ^ (z >>> 30)) * 0xBF58_476D_1CE4_E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D0_49BB_1331_11EBL;
        return z ^ (z >>> 31);
    }

    /** An element's number: all 32 bits are random. */
    static int draw(long spanKey, int place) {
        int x = (place * 0x9E37_79B9) ^ (int) spanKey;
        x = (x ^ (x >>> 16)) * 0x7FEB_352D;
        x = (x ^ (x >>> 15)) + (int) (spanKey >>> 32);
        x *= 0x846C_A68B;
        return x ^ (x >>> 16);
    }

    /** An element's number, uniform in [0, 1). */
    double uniform(long element) {
        return Integer.toUnsignedLong(draw(spanKey(element), (int) (element % SPAN))) * 0x1p-32;
    }
}
