/** The {@code evomerge} command: one class per subcommand, each a thin layer over the room that does the work. */
package dev.evomerge.cli;
