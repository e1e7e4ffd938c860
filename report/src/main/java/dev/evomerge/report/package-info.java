/**
 * An experiment's report: a pure function from what is known of an experiment to one self-contained HTML page.
 *
 * <p>{@link dev.evomerge.report.HtmlReport} puts the sections in order; each section is a class of its own that turns facts into
 * {@link dev.evomerge.report.Html}, which is the only way into the page and escapes whatever is not markup.
 */
package dev.evomerge.report;
