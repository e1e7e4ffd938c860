package dev.evomerge.recipe;

/** Whose vocabulary the merged model speaks; rows of other models' embeddings are brought into its order. */
public sealed interface TokenizerSource {

    /** The vocabulary of one model. */
    record Model(String name) implements TokenizerSource {}

    /** Every token that any of the models knows. */
    record Union() implements TokenizerSource {}
}
