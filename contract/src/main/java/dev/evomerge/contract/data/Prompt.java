package dev.evomerge.contract.data;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The text given to a model, with the columns of a question in braces: {@code Question: {question}\nAnswer:}. A brace that is doubled stands for
 * itself; braces around what is no name ({@code { }}, {@code {1}}) do too.
 */
public final class Prompt {

    private static final Pattern PLACE = Pattern.compile("\\{\\{|\\}\\}|\\{([A-Za-z_][A-Za-z0-9_]*)\\}");

    private final String template;

    public Prompt(String template) {
        this.template = template;
    }

    /** The columns that it names, in order. */
    public List<String> columns() {
        List<String> names = new ArrayList<>();
        Matcher matcher = PLACE.matcher(template);
        while (matcher.find()) {
            if (matcher.group(1) != null) {
                names.add(matcher.group(1));
            }
        }
        return names;
    }

    /**
     * Checks that a data set has what the prompt names, and that the prompt names a question.
     *
     * @throws DataException if not
     */
    public void check(DataSet data) throws DataException {
        List<String> names = columns();
        if (names.isEmpty()) {
            throw new DataException("the prompt '" + template + "' names no column, expected at least {question}");
        }
        for (String name : names) {
            if (!data.columns().contains(name)) {
                throw new DataException("the prompt names the column {" + name + "}, but the questions of " + data.uri()
                        + " have " + new TreeSet<>(data.columns()));
            }
        }
    }

    /** The text for a question that has all its columns. */
    public String fill(Question question) {
        return PLACE.matcher(template)
                .replaceAll(match -> Matcher.quoteReplacement(
                        match.group(1) == null
                                ? match.group().substring(1)
                                : question.columns().get(match.group(1))));
    }
}
