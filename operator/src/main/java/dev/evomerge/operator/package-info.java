/** The Kubernetes operator: observe, decide, act. */
package dev.evomerge.operator;
