package dev.evomerge.crds;

/** Names and bounds that all resources share. */
public final class Api {

    public static final String GROUP = "evomerge.dev";
    public static final String VERSION = "v1alpha1";
    /** {@code apiVersion} of all resources. */
    public static final String API_VERSION = GROUP + "/" + VERSION;

    static final String DECIMAL = "^-?[0-9]+(\\.[0-9]+)?$";
    static final String POSITIVE_DECIMAL = "^[0-9]+(\\.[0-9]+)?$";
    static final String SHA256 = "^[0-9a-f]{64}$";
    static final String READABLE = "^(s3|gs|az|hf)://[^/]+(/.*)?$|^file:///.*$";
    static final String WRITABLE = "^(s3|gs|az)://[^/]+(/.*)?$|^file:///.*$";

    /** The end of a rule about a stage s: its model m is among the models or the winner of another stage; the preflight asks that it be earlier. */
    static final String IS_MODEL_OF_STAGE =
            "self.models.exists(x, x.name == m) || self.stages.exists(t, 'stages.' + t.name == m && t.name != s.name)))";

    static final int NAME = 40;
    static final int URI = 1024;

    private Api() {}
}
