/**
 * One small interface to where models, histories and results lie: S3-compatible stores, Google, Azure, the Hugging Face Hub, and
 * folders.
 *
 * <p>Everything goes through {@link dev.evomerge.storage.Storage}; {@link dev.evomerge.storage.Storages} opens one for a URI.
 */
package dev.evomerge.storage;
