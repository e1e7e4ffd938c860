/**
 * PyTorch from Java: DJL's engine for tensors and TorchScript, libtorch's C interface where DJL has none (bfloat16, memory of our own),
 * and the writer of TorchScript archives.
 */
package dev.evomerge.inference.torch;
