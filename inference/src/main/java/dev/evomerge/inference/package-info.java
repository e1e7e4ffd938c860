/** Model families on DJL, tokenizers, batched generation. */
package dev.evomerge.inference;
