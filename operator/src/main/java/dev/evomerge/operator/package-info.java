/** The Kubernetes operator: observe, decide, act. Here is what ties it to Quarkus; the work is done in the packages below. */
package dev.evomerge.operator;
