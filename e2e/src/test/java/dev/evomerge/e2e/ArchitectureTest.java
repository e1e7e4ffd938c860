package dev.evomerge.e2e;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The table of rooms in docs/architecture.md, as a test: no arrow goes another way. */
class ArchitectureTest {

    private static final String OURS = "dev.evomerge.";

    /** Room → the rooms that it may use. */
    private static final Map<String, Set<String>> MAY_USE = Map.ofEntries(
            Map.entry("recipe", Set.of()),
            Map.entry("contract", Set.of("recipe")),
            Map.entry("storage", Set.of()),
            Map.entry("search", Set.of("recipe")),
            Map.entry("report", Set.of("recipe", "search")),
            Map.entry("merge", Set.of("recipe", "storage")),
            Map.entry("inference", Set.of("merge", "recipe", "storage")),
            Map.entry("crds", Set.of()),
            Map.entry("evaluator", Set.of("contract", "search", "merge", "inference", "recipe", "storage")),
            Map.entry("experiment", Set.of("crds", "contract", "search", "storage", "merge", "recipe", "report")),
            Map.entry(
                    "operator",
                    Set.of("experiment", "crds", "contract", "search", "storage", "merge", "recipe", "report")),
            Map.entry(
                    "cli",
                    Set.of(
                            "experiment",
                            "crds",
                            "contract",
                            "search",
                            "storage",
                            "merge",
                            "inference",
                            "evaluator",
                            "recipe",
                            "report")));

    private static JavaClasses production;

    @BeforeAll
    static void readClasses() {
        production = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("dev.evomerge");
    }

    @Test
    void everyRoomIsSeen() {
        var seen = production.stream().map(ArchitectureTest::room).distinct().toList();
        assertThat(seen).containsExactlyInAnyOrderElementsOf(MAY_USE.keySet());
    }

    @TestFactory
    Stream<DynamicTest> roomsUseOnlyWhatTheyMay() {
        return MAY_USE.entrySet().stream()
                .map(entry -> DynamicTest.dynamicTest(entry.getKey(), () -> noClasses()
                        .that()
                        .resideInAPackage(OURS + entry.getKey() + "..")
                        .should()
                        .dependOnClassesThat(DescribedPredicate.describe(
                                "are in another room than " + entry.getValue(),
                                used -> used.getPackageName().startsWith(OURS)
                                        && !room(used).equals(entry.getKey())
                                        && !entry.getValue().contains(room(used))))
                        .allowEmptyShould(true)
                        .check(production)));
    }

    @Test
    void roomsFormNoCycle() {
        slices().matching(OURS + "(*)..").should().beFreeOfCycles().check(production);
    }

    /** What makes a replay give the same bytes: the search reads no clock and no file, starts no thread, draws from no hidden source. */
    @Test
    void searchIsPure() {
        noClasses()
                .that()
                .resideInAPackage(OURS + "search..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "java.io..",
                        "java.nio.file..",
                        "java.nio.channels..",
                        "java.net..",
                        "java.time..",
                        "java.util.concurrent..",
                        "java.util.logging..")
                .orShould()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.lang.Thread")
                .orShould()
                .callMethod(Math.class, "random")
                .orShould()
                .callMethod(System.class, "nanoTime")
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .check(production);
    }

    @Test
    void exceptionsSayWhatTheyAre() {
        classes()
                .that()
                .areAssignableTo(Throwable.class)
                .should()
                .haveSimpleNameEndingWith("Exception")
                .check(production);
    }

    private static String room(JavaClass type) {
        return type.getPackageName().substring(OURS.length()).split("\\.")[0];
    }
}
