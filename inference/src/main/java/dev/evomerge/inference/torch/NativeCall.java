package dev.evomerge.inference.torch;

import ai.djl.pytorch.jni.LibUtils;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** Functions of libtorch and the libraries beside it. */
@SuppressWarnings("restricted") // the foreign functions are what this class is for
final class NativeCall {

    private NativeCall() {}

    /** A function of libtorch's C interface ({@code torch/csrc/inductor/aoti_torch/c/shim.h}), which returns 0 or an error. */
    static MethodHandle torch(String function, FunctionDescriptor descriptor) {
        return in(folder().resolve(System.mapLibraryName("torch_cpu")), function, descriptor);
    }

    /** A function of the OpenMP runtime that this libtorch came with. */
    static MethodHandle openMp(String function, FunctionDescriptor descriptor) {
        try (DirectoryStream<Path> libraries = Files.newDirectoryStream(folder(), "libgomp*")) {
            var found = libraries.iterator();
            if (!found.hasNext()) {
                throw new IllegalStateException(
                        folder() + " has no libgomp*, expected the one of a libtorch for Linux");
            }
            return in(found.next(), function, descriptor);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path folder() {
        return Path.of(LibUtils.getLibtorchPath());
    }

    private static MethodHandle in(Path library, String function, FunctionDescriptor descriptor) {
        var symbol = SymbolLookup.libraryLookup(library, Arena.global())
                .find(function)
                .orElseThrow(() -> new IllegalStateException(
                        library + " does not export " + function + "; expected libtorch " + Torch.VERSION));
        return Linker.nativeLinker().downcallHandle(symbol, descriptor);
    }
}
