package dev.evomerge.contract.data;

import java.util.ArrayDeque;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Rewrites what Jinjava runs otherwise than Jinja does into what both run alike:
 * <ul>
 *   <li>minus signs of tags are carried out: Jinjava does not know those of expressions;
 *   <li>so are {@code trim_blocks} and {@code lstrip_blocks}, which transformers sets: Jinjava also strips a space that follows other text;
 *   <li>{@code {{'text'}}}, which Jinjava takes for text, gets spaces inside its braces;
 *   <li>{@code namespace(n=a - 1)}, which Jinjava reads as {@code (n=a) - 1}, gets brackets;
 *   <li>of a loop with a condition, {@code for x in xs if c}, which Jinjava runs without the condition, the items that fulfil it are gathered
 *       first, then looped over, so that {@code loop.index}, {@code loop.last} and {@code else} count only those;
 *   <li>{@code xs[::-1]} becomes {@code xs|reverse}, and methods of Python's strings get the names of Java's or become filters.
 * </ul>
 * A loop with an {@code else} and one with a condition and several variables are refused: Jinjava would render them wrongly without a word.
 */
final class JinjaDialect {

    private static final Pattern NAMESPACE = Pattern.compile("\\bnamespace\\(");
    private static final Pattern TAG = Pattern.compile("\\{%\\s*(\\w+)");
    private static final Map<String, String> METHODS = Map.of(
            "\\[::-1]", "|reverse",
            "\\.startswith\\(", ".startsWith(",
            "\\.endswith\\(", ".endsWith(",
            "\\.upper\\(\\)", ".toUpperCase()",
            "\\.lower\\(\\)", ".toLowerCase()",
            "\\.lstrip\\(\\)", ".stripLeading()",
            "\\.rstrip\\(\\)", ".stripTrailing()",
            "\\.lstrip\\(('[^']*'|\"[^\"]*\")\\)", "|lstrip($1)",
            "\\.rstrip\\(('[^']*'|\"[^\"]*\")\\)", "|rstrip($1)",
            "\\.strip\\(('[^']*'|\"[^\"]*\")\\)", "|lstrip($1)|rstrip($1)");
    private static final Pattern LOOP =
            Pattern.compile("\\{%\\s*for\\s+([\\w\\s,()]+?)\\s+in\\s+(.*?)\\s*%}", Pattern.DOTALL);
    private static final String REWRITTEN =
            "{%% set %3$s = [] %%}{%% for %1$s in %2$s %%}{%% if %4$s %%}{%% do %3$s.append(%1$s) %%}{%% endif %%}{%% endfor %%}"
                    + "{%% for %1$s in %3$s %%}";

    private JinjaDialect() {}

    /**
     * A template for Jinjava.
     *
     * @param refusal makes what is thrown of what was found
     */
    static String rewritten(String template, Function<String, RuntimeException> refusal) {
        String plain = spaced(stripped(template));
        if (hasLoopWithElse(plain)) {
            throw refusal.apply("a loop with an 'else'");
        }
        String named = namespaces(plain);
        for (Map.Entry<String, String> method : METHODS.entrySet()) {
            named = named.replaceAll(method.getKey(), method.getValue());
        }
        return plainLoops(named, refusal);
    }

    private static boolean hasLoopWithElse(String template) {
        var open = new ArrayDeque<String>();
        Matcher tag = TAG.matcher(template);
        while (tag.find()) {
            String name = tag.group(1);
            if (name.equals("else") && "for".equals(open.peek())) {
                return true;
            }
            if (name.equals("for") || name.equals("if")) {
                open.push(name);
            } else if (name.equals("endfor") || name.equals("endif")) {
                open.poll();
            }
        }
        return false;
    }

    /** Without what minus signs take away, and without the indentation before a block and the line break after it. */
    private static String stripped(String template) {
        return template.replaceAll("\\s*(\\{[{%#])-", "$1")
                .replaceAll("-([}%#]\\})\\s*", "$1")
                .replaceAll("(?m)^[ \\t]+(?=\\{[%#])", "")
                .replaceAll("([%#]\\})\\n", "$1");
    }

    private static String spaced(String template) {
        return template.replaceAll("\\{\\{(?=['\"])", "{{ ").replaceAll("(?<=['\"])}}", " }}");
    }

    private static String namespaces(String template) {
        var out = new StringBuilder();
        int done = 0;
        Matcher call = NAMESPACE.matcher(template);
        while (call.find(done)) {
            out.append(template, done, call.end());
            done = bracketed(template, call.end(), out);
        }
        return out.append(template.substring(done)).toString();
    }

    /** Appends a call's named arguments with their values in brackets; returns where its closing bracket stands. */
    private static int bracketed(String template, int start, StringBuilder out) {
        var scan = new Scan(template, start);
        int from = start;
        boolean named = false;
        while (scan.more()) {
            char c = scan.next();
            boolean closing = scan.depth() < 0;
            if (closing || scan.depth() == 0 && c == ',') {
                out.append(template, from, scan.at()).append(named ? ")" : "");
                if (closing) {
                    return scan.at();
                }
                out.append(',');
                from = scan.at() + 1;
                named = false;
            } else if (!named && scan.depth() == 0 && c == '=' && template.charAt(scan.at() + 1) != '=') {
                out.append(template, from, scan.at() + 1).append('(');
                from = scan.at() + 1;
                named = true;
            }
        }
        out.append(template, from, template.length());
        return template.length();
    }

    private static String plainLoops(String template, Function<String, RuntimeException> refusal) {
        var out = new StringBuilder();
        int loops = 0;
        Matcher loop = LOOP.matcher(template);
        while (loop.find()) {
            String items = loop.group(2);
            int condition = condition(items);
            String text = loop.group();
            if (condition >= 0) {
                String variable = loop.group(1);
                if (!variable.matches("\\w+")) {
                    throw refusal.apply("a loop with a condition and several variables");
                }
                text = REWRITTEN.formatted(
                        variable,
                        items.substring(0, condition),
                        unused(template, loops++),
                        items.substring(condition + 2));
            }
            loop.appendReplacement(out, Matcher.quoteReplacement(text));
        }
        return loop.appendTail(out).toString();
    }

    /** Where the loop's own {@code if} stands: the first outside of strings and brackets; −1 if there is none. */
    private static int condition(String items) {
        var scan = new Scan(items, 0);
        while (scan.more()) {
            scan.next();
            if (scan.depth() == 0 && items.startsWith("if", scan.at()) && isWord(items, scan.at())) {
                return scan.at();
            }
        }
        return -1;
    }

    /** Goes through an expression's characters, strings left out, and counts brackets. */
    private static final class Scan {
        private final String text;
        private int next;
        private int at;
        private int depth;

        Scan(String text, int start) {
            this.text = text;
            this.next = skipString(start);
        }

        boolean more() {
            return next < text.length();
        }

        /** The next character outside of strings. */
        char next() {
            at = next;
            char c = text.charAt(at);
            depth += "([{".indexOf(c) >= 0 ? 1 : ")]}".indexOf(c) >= 0 ? -1 : 0;
            next = skipString(at + 1);
            return c;
        }

        /** Where the character stands that {@link #next} returned. */
        int at() {
            return at;
        }

        /** How many brackets are open after it; less than 0 where one is closed that was open before. */
        int depth() {
            return depth;
        }

        private int skipString(int from) {
            int end = from;
            while (end < text.length() && (text.charAt(end) == '\'' || text.charAt(end) == '"')) {
                char quote = text.charAt(end++);
                while (end < text.length() && text.charAt(end) != quote) {
                    end += text.charAt(end) == '\\' ? 2 : 1;
                }
                end++;
            }
            return end;
        }
    }

    private static boolean isWord(String text, int at) {
        return at > 0
                && !Character.isJavaIdentifierPart(text.charAt(at - 1))
                && text.charAt(at - 1) != '.'
                && at + 2 < text.length()
                && !Character.isJavaIdentifierPart(text.charAt(at + 2));
    }

    private static String unused(String template, int number) {
        String name = "kept" + number;
        while (template.contains(name)) {
            name += "_";
        }
        return name;
    }
}
