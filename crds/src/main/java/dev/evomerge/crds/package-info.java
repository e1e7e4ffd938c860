/**
 * The API: the custom resources of group evomerge.dev.
 *
 * <p>The types are the resources as they lie in etcd, nothing more: what a user may leave out and has no default is {@code null} here, and a
 * list that was left out is empty. The rules in the annotations (bounds, CEL) are the API server's; {@code src/main/resources/crds} holds what is
 * generated from them ({@code crds/generate}), and {@code src/test/resources/corpus} shows each rule at work on a real API server.
 */
package dev.evomerge.crds;
