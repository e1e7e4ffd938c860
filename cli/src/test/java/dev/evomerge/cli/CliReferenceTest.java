package dev.evomerge.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;

/** The second half of docs/cli.md is what the command says about itself. {@code -Devomerge.golden.update=true} writes it anew. */
class CliReferenceTest {

    private static final Path PAGE = Path.of("../docs/cli.md");
    private static final String FROM_HERE = "<!-- What follows is generated: CliReferenceTest -->\n";

    @Test
    void pageSaysWhatTheCommandSays() throws IOException {
        String page = Files.readString(PAGE, UTF_8);
        assertThat(page).contains(FROM_HERE);
        String byHand = page.substring(0, page.indexOf(FROM_HERE) + FROM_HERE.length());
        if (Boolean.getBoolean("evomerge.golden.update")) {
            Files.writeString(PAGE, byHand + reference(), UTF_8);
        }
        assertThat(Files.readString(PAGE, UTF_8)).isEqualTo(byHand + reference());
    }

    @Test
    void everyCommandIsExplained() {
        EvomergeCommand.commandLine().getSubcommands().forEach((name, command) -> {
            var usage = command.getCommandSpec().usageMessage();
            assertThat(usage.description()).as(name).isNotEmpty();
            command.getCommandSpec().args().forEach(argument -> assertThat(argument.description())
                    .as(name + " " + argument.paramLabel())
                    .isNotEmpty());
        });
    }

    private static String reference() {
        CommandLine evomerge = EvomergeCommand.commandLine();
        return "\n## evomerge\n\n" + block(evomerge)
                + evomerge.getSubcommands().entrySet().stream()
                        .filter(command -> !command.getValue()
                                .getCommandSpec()
                                .usageMessage()
                                .hidden())
                        .map(command -> "\n## evomerge " + command.getKey() + "\n\n" + block(command.getValue()))
                        .collect(Collectors.joining());
    }

    private static String block(CommandLine command) {
        String usage = command.setUsageHelpWidth(110).getUsageMessage(Ansi.OFF);
        return "```\n" + usage.lines().map(String::stripTrailing).collect(Collectors.joining("\n")) + "\n```\n";
    }
}
