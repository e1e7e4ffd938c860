package dev.evomerge.report;

import java.util.Collection;
import java.util.Optional;
import java.util.stream.Collector;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A piece of markup.
 *
 * <p>Markup comes from {@link #html}, a template whose values are escaped unless they are markup themselves, so that nothing a user has named can become
 * a tag, an attribute or a script. Attribute values in templates stand in double quotes.
 */
record Html(String markup) {

    static final Html NOTHING = new Html("");

    private static final String PLACEHOLDER = "{}";

    /**
     * Fills a template.
     *
     * @param template markup, with {@code {}} where values go, in order
     * @param values   {@link Html} is taken as it is, an {@link Optional} or {@link Collection} piece by piece, anything else as escaped text
     * @throws IllegalArgumentException if there are more or fewer values than places
     */
    static Html html(String template, Object... values) {
        var out = new StringBuilder(template.length() + 32 * values.length);
        int from = 0;
        for (Object value : values) {
            int place = template.indexOf(PLACEHOLDER, from);
            if (place < 0) {
                throw new IllegalArgumentException(
                        values.length + " values are too many for the template: " + template);
            }
            out.append(template, from, place);
            append(out, value);
            from = place + PLACEHOLDER.length();
        }
        if (template.indexOf(PLACEHOLDER, from) >= 0) {
            throw new IllegalArgumentException(values.length + " values are too few for the template: " + template);
        }
        return new Html(out.append(template, from, template.length()).toString());
    }

    /** The pieces, one after another. */
    static Html of(Html... pieces) {
        return Stream.of(pieces).collect(joined());
    }

    /** Collects pieces one after another. */
    static Collector<Html, ?, Html> joined() {
        return Collectors.collectingAndThen(Collectors.mapping(Html::markup, Collectors.joining()), Html::new);
    }

    /** Collects pieces with a separator between them. */
    static Collector<Html, ?, Html> joined(String separator) {
        return Collectors.collectingAndThen(
                Collectors.mapping(Html::markup, Collectors.joining(escape(separator))), Html::new);
    }

    private static void append(StringBuilder out, Object value) {
        switch (value) {
            case Html html -> out.append(html.markup);
            case Optional<?> optional -> optional.ifPresent(inner -> append(out, inner));
            case Collection<?> collection -> collection.forEach(inner -> append(out, inner));
            default -> out.append(escape(value.toString()));
        }
    }

    /** Text as HTML, fit for element content and for quoted attributes; control characters, which HTML forbids, become U+FFFD. */
    private static String escape(String text) {
        var out = new StringBuilder(text.length() + 16);
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '&' -> out.append("&amp;");
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '"' -> out.append("&quot;");
                case '\'' -> out.append("&#39;");
                case '\t', '\n', '\r' -> out.append(c);
                default -> out.append(Character.isISOControl(c) ? '\uFFFD' : c);
            }
        }
        return out.toString();
    }
}
