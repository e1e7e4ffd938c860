package dev.evomerge.evaluator;

import ai.djl.huggingface.tokenizers.jni.LibUtils;
import dev.evomerge.inference.torch.Torch;

/** Run by the build: has DJL unpack its native libraries where {@code DJL_CACHE_DIR} says, so that no pod has to. */
final class Natives {

    private Natives() {}

    public static void main(String[] arguments) throws ClassNotFoundException {
        Class.forName(Torch.class.getName());
        LibUtils.checkStatus();
    }
}
