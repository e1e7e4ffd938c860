/** Model families: how a config.json is read, which tensors a model has, and the TorchScript program that runs it. */
package dev.evomerge.inference.model;
