/**
 * Models on a CPU: linear layers are oneDNN's, everything between them is Java's Vector API on native memory, and one team of threads walks through
 * the layers together. {@link dev.evomerge.inference.cpu.CpuModel} is the way in.
 */
package dev.evomerge.inference.cpu;
