package dev.evomerge.inference.model;

import java.util.ArrayList;
import java.util.List;

/**
 * Reads rotary embeddings from a config.json, old layout ({@code rope_theta}, {@code rope_scaling}) or new ({@code rope_parameters}). The
 * scalings follow transformers' {@code modeling_rope_utils}, in float32 where it uses float32.
 */
final class RopeReader {

    private RopeReader() {}

    /** The one rotary embedding of a model. */
    static Rope read(ConfigJson config, int headDim) {
        ConfigJson parameters = config.object("rope_parameters")
                .or(() -> config.object("rope_scaling"))
                .orElse(ConfigJson.empty(config.name()));
        return read(config, parameters, config.number("rope_theta", 10_000), headDim);
    }

    /**
     * @param parameters the object that describes the scaling
     * @param theta      the base if {@code parameters} has none
     */
    static Rope read(ConfigJson config, ConfigJson parameters, double theta, int headDim) {
        double base = parameters.number("rope_theta", theta);
        double part = parameters.number("partial_rotary_factor", config.number("partial_rotary_factor", 1));
        int width = (int) (headDim * part);
        int context = config.integer("max_position_embeddings");
        String type = parameters.text("rope_type", parameters.text("type", "default"));
        return switch (type) {
            case "default", "mrope" -> single(plain(base, width), 1);
            case "linear" -> single(scale(plain(base, width), 1 / parameters.number("factor")), 1);
            case "dynamic" -> dynamic(parameters, base, width, context);
            case "llama3" -> single(llama3(parameters, plain(base, width)), 1);
            case "yarn" -> yarn(parameters, base, width, context);
            case "longrope", "su" -> longrope(config, parameters, base, width, context);
            default ->
                throw parameters.refuse(
                        "rope_type is '" + type + "', expected default, linear, dynamic, llama3, yarn or longrope");
        };
    }

    private static Rope single(List<Float> frequencies, double amplitude) {
        return new Rope(frequencies, frequencies, Integer.MAX_VALUE, amplitude);
    }

    /** base^(−2i/width). */
    private static List<Float> plain(double base, int width) {
        var frequencies = new ArrayList<Float>();
        for (int i = 0; i < width; i += 2) {
            frequencies.add(1 / (float) Math.pow(base, (float) i / width));
        }
        return frequencies;
    }

    private static List<Float> scale(List<Float> frequencies, double factor) {
        return frequencies.stream().map(f -> (float) (f * factor)).toList();
    }

    /**
     * NTK-aware scaling. transformers recomputes the base whenever a longer context is seen; here it is the plain one up to the trained
     * context, and contexts beyond it are refused by the generation limits.
     */
    private static Rope dynamic(ConfigJson parameters, double base, int width, int context) {
        parameters.number("factor");
        return single(plain(base, width), 1);
    }

    private static List<Float> llama3(ConfigJson parameters, List<Float> plain) {
        double factor = parameters.number("factor");
        double low = parameters.number("low_freq_factor");
        double high = parameters.number("high_freq_factor");
        double trained = parameters.number("original_max_position_embeddings");
        return plain.stream()
                .map(frequency -> {
                    double wavelength = 2 * Math.PI / frequency;
                    if (wavelength < trained / high) {
                        return frequency;
                    }
                    if (wavelength > trained / low) {
                        return (float) (frequency / factor);
                    }
                    double smooth = (trained / wavelength - low) / (high - low);
                    return (float) ((1 - smooth) * (frequency / factor) + smooth * frequency);
                })
                .toList();
    }

    /** arXiv 2309.00071. */
    private static Rope yarn(ConfigJson parameters, double base, int width, int context) {
        double trained = parameters.number("original_max_position_embeddings", context);
        double factor = parameters.number("factor", context / trained);
        double fast = parameters.number("beta_fast", 32);
        double slow = parameters.number("beta_slow", 1);
        double low = pairThatTurns(fast, width, base, trained);
        double high = pairThatTurns(slow, width, base, trained);
        if (parameters.flag("truncate", true)) {
            low = Math.floor(low);
            high = Math.ceil(high);
        }
        low = Math.max(low, 0);
        high = Math.min(high, width - 1);
        double span = low == high ? 0.001 : high - low;
        var frequencies = new ArrayList<Float>();
        List<Float> plain = plain(base, width);
        for (int i = 0; i < plain.size(); i++) {
            float interpolated = (float) Math.clamp((i - low) / span, 0, 1);
            float slowed = plain.get(i) / (float) factor;
            frequencies.add(slowed * interpolated + plain.get(i) * (1 - interpolated));
        }
        return single(frequencies, parameters.number("attention_factor", yarnAmplitude(parameters, factor)));
    }

    private static double yarnAmplitude(ConfigJson parameters, double factor) {
        double mscale = parameters.number("mscale", 0);
        double mscaleAll = parameters.number("mscale_all_dim", 0);
        return mscale != 0 && mscaleAll != 0 ? mscale(factor, mscale) / mscale(factor, mscaleAll) : mscale(factor, 1);
    }

    private static double mscale(double factor, double mscale) {
        return factor <= 1 ? 1 : 0.1 * mscale * Math.log(factor) + 1;
    }

    /** The index of the pair that makes so many turns over the trained context. */
    private static double pairThatTurns(double turns, int width, double base, double trained) {
        return width * Math.log(trained / (turns * 2 * Math.PI)) / (2 * Math.log(base));
    }

    /** arXiv 2402.13753: each pair's own factor, one set for short and one for long contexts. */
    private static Rope longrope(ConfigJson config, ConfigJson parameters, double base, int width, int context) {
        double trained = config.number(
                "original_max_position_embeddings", parameters.number("original_max_position_embeddings", context));
        double factor = parameters.number("factor", context / trained);
        double amplitude = parameters.number(
                "attention_factor", factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(trained)));
        return new Rope(
                divided(parameters, "short_factor", base, width),
                divided(parameters, "long_factor", base, width),
                (int) trained,
                amplitude);
    }

    private static List<Float> divided(ConfigJson parameters, String key, double base, int width) {
        List<Double> factors = parameters.numbers(key);
        if (factors.size() != width / 2) {
            throw parameters.refuse(key + " has " + factors.size() + " numbers, expected " + width / 2);
        }
        var frequencies = new ArrayList<Float>();
        for (int i = 0; i < factors.size(); i++) {
            float power = (float) Math.pow(base, 2f * i / width);
            frequencies.add(1 / (factors.get(i).floatValue() * power));
        }
        return frequencies;
    }
}
