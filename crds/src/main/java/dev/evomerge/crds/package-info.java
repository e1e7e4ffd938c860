/** The API: the custom resources of group evomerge.dev. */
package dev.evomerge.crds;
