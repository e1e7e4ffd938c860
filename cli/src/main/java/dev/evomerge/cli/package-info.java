/** The evomerge command. */
package dev.evomerge.cli;
