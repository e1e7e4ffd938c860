package dev.evomerge.examples.zoo;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import dev.evomerge.examples.zoo.Example.Tokens;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/** Trains a model: AdamW on the mean cross-entropy of the tokens that are to be learnt, gradients clipped by their common norm. */
final class Trainer {

    private static final float BETA_1 = 0.9f;
    private static final float BETA_2 = 0.98f;
    private static final double CLIP_NORM = 1;
    private static final float BLOCKED = -1e9f;
    private static final int STEPS_BETWEEN_REPORTS = 100;

    private final Vocabulary vocabulary;
    private final RandomGenerator random;
    private final Consumer<String> log;

    /**
     * @param random draws the examples
     * @param log    receives a line now and then
     */
    Trainer(Vocabulary vocabulary, RandomGenerator random, Consumer<String> log) {
        this.vocabulary = vocabulary;
        this.random = random;
        this.log = log;
    }

    private record Source(int perBatch, List<Tokens> examples) {}

    /** Trains a model in place. */
    void train(TinyLlama model, Lesson lesson) {
        List<Source> sources = lesson.shares().stream()
                .map(share -> new Source(
                        (int) Math.round(lesson.batch() * share.fraction()),
                        share.examples().stream().map(e -> e.encode(vocabulary)).toList()))
                .toList();
        Tracker rate = step -> (float) lesson.learningRate(step);
        Optimizer matrices = adamW(rate, lesson.weightDecay());
        Optimizer norms = adamW(rate, 0);
        double loss = 0;
        long start = System.nanoTime();
        for (int step = 1; step <= lesson.steps(); step++) {
            loss += step(model, draw(sources), matrices, norms);
            if (step % STEPS_BETWEEN_REPORTS == 0 || step == lesson.steps()) {
                int since = (step - 1) % STEPS_BETWEEN_REPORTS + 1;
                log.accept(String.format(
                        Locale.ROOT,
                        "  step %4d of %d  loss %.4f  %.0f s",
                        step,
                        lesson.steps(),
                        loss / since,
                        (System.nanoTime() - start) / 1e9));
                loss = 0;
            }
        }
    }

    private static Optimizer adamW(Tracker rate, double weightDecay) {
        return Optimizer.adamW()
                .optLearningRateTracker(rate)
                .optBeta1(BETA_1)
                .optBeta2(BETA_2)
                .optWeightDecays((float) weightDecay)
                .build();
    }

    private List<Tokens> draw(List<Source> sources) {
        var batch = new ArrayList<Tokens>();
        for (Source source : sources) {
            for (int i = 0; i < source.perBatch(); i++) {
                batch.add(source.examples().get(random.nextInt(source.examples().size())));
            }
        }
        return batch;
    }

    private static float step(TinyLlama model, List<Tokens> batch, Optimizer matrices, Optimizer norms) {
        try (NDManager scratch = model.manager().newSubManager()) {
            float mean;
            try (GradientCollector gradients = Engine.getInstance().newGradientCollector()) {
                NDArray loss = loss(model, batch, scratch);
                gradients.backward(loss);
                mean = loss.getFloat();
            }
            if (!Float.isFinite(mean)) {
                throw new IllegalStateException("the loss is " + mean + ": the training has diverged");
            }
            update(model, scratch, matrices, norms);
            return mean;
        }
    }

    private static NDArray loss(TinyLlama model, List<Tokens> batch, NDManager scratch) {
        int length = batch.stream().mapToInt(t -> t.input().length).max().orElseThrow();
        var ids = new long[batch.size() * length];
        var targets = new long[ids.length];
        var learnt = new float[ids.length];
        for (int row = 0; row < batch.size(); row++) {
            Tokens tokens = batch.get(row);
            for (int i = 0; i < tokens.input().length; i++) {
                int at = row * length + i;
                ids[at] = tokens.input()[i];
                targets[at] = Math.max(0, tokens.target()[i]);
                learnt[at] = tokens.target()[i] < 0 ? 0 : 1;
            }
        }
        float count = 0;
        for (float one : learnt) {
            count += one;
        }
        // What stands behind a text is never seen from within it: padding needs no mask of its own.
        NDArray logits =
                model.logits(scratch.create(ids, new Shape(batch.size(), length)), causalMask(scratch, length));
        NDArray column = scratch.create(targets, new Shape(targets.length, 1));
        return logits.logSoftmax(-1)
                .gather(column, 1)
                .mul(scratch.create(learnt, new Shape(learnt.length, 1)))
                .sum()
                .mul(scratch.create(-1 / count)); // an array that lives on: see TinyLlama
    }

    /** What is added to the scores of attention, so that no token sees those after it: [length, length]. */
    static NDArray causalMask(NDManager scratch, int length) {
        var mask = new float[length * length];
        for (int row = 0; row < length; row++) {
            Arrays.fill(mask, row * length + row + 1, (row + 1) * length, BLOCKED);
        }
        return scratch.create(mask, new Shape(length, length));
    }

    private static void update(TinyLlama model, NDManager scratch, Optimizer matrices, Optimizer norms) {
        double square = 0;
        for (NDArray parameter : model.parameters().values()) {
            NDArray gradient = parameter.getGradient();
            gradient.attach(scratch);
            NDArray norm = gradient.square().sum();
            square += norm.getFloat();
        }
        double scale = Math.min(1, CLIP_NORM / (Math.sqrt(square) + 1e-6));
        model.parameters().forEach((name, parameter) -> {
            NDArray gradient = parameter.getGradient();
            gradient.attach(scratch);
            Optimizer optimizer = parameter.getShape().dimension() == 1 ? norms : matrices;
            optimizer.update(name, parameter, gradient.mul(scale));
        });
    }
}
