package dev.evomerge.merge;

import dev.evomerge.merge.safetensors.AdaptedModel;
import dev.evomerge.merge.safetensors.Checkpoint;
import dev.evomerge.merge.safetensors.TensorSource;
import dev.evomerge.storage.Storage;
import dev.evomerge.storage.StorageAccess;
import dev.evomerge.storage.StorageUri;
import dev.evomerge.storage.Storages;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** A model that lies somewhere, opened with all that it needs. */
public final class OpenModel implements AutoCloseable {

    /** A plus sign is a separator only where another URI follows. */
    private static final Pattern SEPARATOR = Pattern.compile("\\+(?=[a-z0-9]+://)");

    private final List<AutoCloseable> resources = new ArrayList<>();
    private final List<Storage> storages = new ArrayList<>();
    private TensorSource source;

    private OpenModel() {}

    /**
     * Opens a model.
     *
     * @param uri    its folder; LoRA adapters in PEFT's layout follow behind {@code +}: {@code s3://models/base+s3://adapters/maths}
     * @param access how to reach it
     * @throws dev.evomerge.merge.safetensors.InvalidModelException if files are missing or not what they should be
     * @throws IOException if it cannot be read
     */
    public static OpenModel open(String uri, StorageAccess access) throws IOException {
        var model = new OpenModel();
        try {
            for (String part : SEPARATOR.split(uri)) {
                Storage storage = Storages.open(StorageUri.parse(part), access);
                model.storages.add(storage);
                model.resources.add(storage);
                model.add(storage);
            }
            return model;
        } catch (IOException | RuntimeException e) {
            model.close();
            throw e;
        }
    }

    private void add(Storage storage) throws IOException {
        if (source == null) {
            Checkpoint checkpoint = Checkpoint.open(storage, "");
            resources.add(checkpoint);
            source = checkpoint;
        } else {
            AdaptedModel adapted = AdaptedModel.open(source, storage, "");
            resources.add(adapted);
            source = adapted;
        }
    }

    /** Its tensors and files; valid until this is closed. */
    public TensorSource source() {
        return source;
    }

    /** The digests of its folders ({@link ModelDigest}), joined by {@code +}; reads them whole. */
    public String digest() throws IOException {
        var digests = new ArrayList<String>();
        for (Storage storage : storages) {
            digests.add(ModelDigest.of(storage, ""));
        }
        return String.join("+", digests);
    }

    @Override
    public void close() {
        for (AutoCloseable resource : resources.reversed()) {
            switch (resource) {
                case Checkpoint checkpoint -> checkpoint.close();
                case AdaptedModel adapted -> adapted.close();
                case Storage storage -> storage.close();
                default -> throw new IllegalStateException("unknown resource " + resource);
            }
        }
    }
}
