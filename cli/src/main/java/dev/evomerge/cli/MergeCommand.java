package dev.evomerge.cli;

import dev.evomerge.merge.ModelWriter;
import dev.evomerge.merge.OpenModel;
import dev.evomerge.merge.safetensors.TensorSource;
import dev.evomerge.recipe.Recipe;
import dev.evomerge.storage.Storage;
import dev.evomerge.storage.StorageAccess;
import dev.evomerge.storage.Storages;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Carries out a recipe: from storage to storage. */
@Command(
        name = "merge",
        description = {
            "Merge models by a recipe into a folder that is ready to load or to publish.",
            "Credentials and endpoints come from the environment: AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, …"
        })
final class MergeCommand implements Callable<Integer> {

    @Parameters(index = "0", paramLabel = "RECIPE", description = "a file in mergekit's YAML, or the same as JSON")
    private Path file;

    @Mixin
    private ModelOptions models;

    @Parameters(index = "1", paramLabel = "OUT", description = "the folder to write: a URI or a local folder")
    private String target;

    @Option(names = "--threads", description = "threads that merge; default: one per processor")
    private int threads = Runtime.getRuntime().availableProcessors();

    @Option(names = "--max-shard-bytes", description = "most bytes of tensors in a file (default: ${DEFAULT-VALUE})")
    private long maxShardBytes = 5_000_000_000L;

    @Option(names = "--replace", description = "replace what lies at OUT")
    private boolean replace;

    @Option(names = "--no-digest", description = "leave out the digest of what was written")
    private boolean noDigest;

    @Option(
            names = "--digest-sources",
            description = "put the digests of the sources into the model card; reads them once more")
    private boolean digestSources;

    @Spec
    private CommandSpec command;

    @Override
    public Integer call() throws IOException {
        Recipe recipe = ModelOptions.read(file);
        Map<String, String> uris = models.uris(recipe);
        StorageAccess access = StorageAccess.fromEnvironment();
        var opened = new ArrayList<AutoCloseable>();
        try {
            var sources = new HashMap<String, TensorSource>();
            var digests = new TreeMap<String, String>();
            for (var uri : uris.entrySet()) {
                OpenModel model = OpenModel.open(uri.getValue(), access);
                opened.add(model);
                sources.put(uri.getKey(), model.source());
                if (digestSources) {
                    digests.put(uri.getKey(), model.digest());
                }
            }
            Storage out = Storages.open(CopyCommand.uri(target), access);
            opened.add(out);
            var options = new ModelWriter.Options(threads, maxShardBytes, replace, !noDigest, uris, digests);
            ModelWriter.Written written = ModelWriter.write(recipe, sources, out, "", options);
            command.commandLine()
                    .getOut()
                    .printf(
                            "%s: %,d bytes%s%n",
                            written.uri(),
                            written.bytes(),
                            written.sha256().map(digest -> ", sha256 " + digest).orElse(""));
            return 0;
        } finally {
            closeAll(opened);
        }
    }

    private static void closeAll(ArrayList<AutoCloseable> opened) throws IOException {
        for (AutoCloseable resource : opened.reversed()) {
            try {
                resource.close();
            } catch (Exception e) {
                throw new IOException("closing failed: " + e.getMessage(), e);
            }
        }
    }
}
