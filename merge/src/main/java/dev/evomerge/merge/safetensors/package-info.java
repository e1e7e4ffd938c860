/**
 * The safetensors format and model folders in the Hugging Face layout. Files are taken as hostile: header length, JSON, offsets,
 * overlaps, gaps, shapes and types are checked before a byte of data is used.
 */
package dev.evomerge.merge.safetensors;
