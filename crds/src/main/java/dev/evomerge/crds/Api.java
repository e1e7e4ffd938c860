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
    private static final String CLAIM = "^pvc://[a-z0-9]([-a-z0-9.]*[a-z0-9])?(/.*)?$";
    private static final String IMAGE = "^oci://[^/@]+(/[^/:@]+)+(:[^/:@]+|(:[^/:@]+)?@sha256:[0-9a-f]{64})(/.*)?$";
    private static final String LEADS_OUT = "/[.][.]?(/|$)";

    /** The end of a rule about a stage s: its model m is among the models or the winner of another stage; the preflight asks that it be earlier. */
    static final String IS_MODEL_OF_STAGE =
            "self.models.exists(x, x.name == m) || self.stages.exists(t, 'stages.' + t.name == m && t.name != s.name)))";

    static final int NAME = 40;
    static final int URI = 1024;

    /** The rule of a URI that is read, and what its message ends with. */
    static final String IS_READABLE = "self.matches('" + READABLE + "')";

    static final String READABLE_EXPECTED =
            " (s3://, gs://, az://, hf:// with a bucket, or file:///), found \"' + self + '\"'";

    /** The rule of a URI that is written to, and what its message ends with. */
    static final String IS_WRITABLE = "self.matches('" + WRITABLE + "')";

    static final String WRITABLE_EXPECTED =
            " (s3://, gs://, az:// with a bucket, or file:///), found \"' + self + '\"'";

    /** What sources and base say of their folders. */
    static final String MODEL_FOLDER =
            "The model's folder: s3://, gs://, az://, hf://, pvc://claim/folder, oci://registry/repository:tag/folder or file:///.";

    static final String IS_MODEL_FOLDER = "self.matches('" + READABLE + "|" + CLAIM + "|" + IMAGE
            + "') && !(self.matches('^(pvc|oci):') && self.matches('" + LEADS_OUT + "'))";

    static final String MODEL_FOLDER_EXPECTED =
            "'expected the URI of a model folder (s3://, gs://, az://, hf:// with a bucket, pvc://claim/folder,"
                    + " oci://registry/repository with a tag or digest, or file:///), found \"' + self + '\"'";

    /** What the output says of its folder; the history's must be reached by the operator, too, and so is on no volume. */
    static final String IS_OUTPUT_FOLDER = "self.matches('" + WRITABLE + "|" + CLAIM
            + "') && !(self.startsWith('pvc:') && self.matches('" + LEADS_OUT + "'))";

    static final String OUTPUT_FOLDER_EXPECTED =
            "'expected the URI of a folder that can be written to (s3://, gs://, az:// with a bucket, pvc://claim/folder,"
                    + " or file:///), found \"' + self + '\"'";

    /** What output and history say of theirs. */
    static final String WRITABLE_FOLDER_EXPECTED =
            "'expected the URI of a folder that can be written to" + WRITABLE_EXPECTED;

    private Api() {}
}
