import com.fasterxml.jackson.databind.ObjectMapper;
import dev.evomerge.inference.model.ModelConfig;
import dev.evomerge.inference.model.ProgramSource;
import dev.evomerge.inference.torch.Program;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Writes the program that the engine runs for a config.json in bfloat16 on a GPU: {@code CONFIG PROGRAM.pt}. */
final class WriteProgram {
    public static void main(String[] arguments) throws Exception {
        var json = new ObjectMapper().readTree(Path.of(arguments[0]).toFile());
        int bfloat16 = 15;
        String source = ProgramSource.of(ModelConfig.read(arguments[0], json, Optional.empty()), bfloat16);
        Files.write(Path.of(arguments[1]), Program.archive(source));
    }
}
