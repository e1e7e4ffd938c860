/** Safetensors and merge methods: from storage to storage, and in memory. */
package dev.evomerge.merge;
