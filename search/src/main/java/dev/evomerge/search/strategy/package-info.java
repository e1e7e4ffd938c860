/** What every optimizer promises: ask for a generation, tell its losses, say why it stopped. */
package dev.evomerge.search.strategy;
