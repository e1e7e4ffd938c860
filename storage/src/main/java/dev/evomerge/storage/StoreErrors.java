package dev.evomerge.storage;

import dev.evomerge.storage.StorageException.Reason;
import java.io.IOException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.opendal.OpenDALException;

/** From what a store answers to an error that says what was refused and what to do. */
final class StoreErrors {

    private static final Pattern CODE = Pattern.compile("code: \\\\?\"(\\w+)|<Code>(\\w+)</Code>");
    private static final Pattern UNREACHABLE = Pattern.compile(
            "error sending request|connect|dns error|timed out|send http request", Pattern.CASE_INSENSITIVE);

    private static final String TOO_SHORT = "too little data";

    private StoreErrors() {}

    /** A look at an object. */
    interface Look<T> {
        T look() throws IOException;
    }

    /** What a look shows; empty where there is no such object. */
    static <T> Optional<T> ifThere(Look<T> look) throws IOException {
        try {
            return Optional.of(look.look());
        } catch (StorageException e) {
            if (e.reason() == Reason.NOT_FOUND) {
                return Optional.empty();
            }
            throw e;
        }
    }

    static StorageException translate(String action, StorageUri uri, Throwable cause) {
        Throwable root = cause;
        while (!(root instanceof OpenDALException) && root.getCause() != null) {
            root = root.getCause();
        }
        String what = "cannot " + action + " " + uri + ": ";
        if (!(root instanceof OpenDALException e)) {
            return new StorageException(Reason.OTHER, what + root, root);
        }
        String text = String.valueOf(e.getMessage());
        Matcher matcher = CODE.matcher(text);
        String code = matcher.find() ? (matcher.group(1) != null ? matcher.group(1) : matcher.group(2)) : "";
        return new StorageException(
                reason(e, text, code), what + explanation(reason(e, text, code), action, uri, text, code), e);
    }

    /** The store's own code comes first: servers disagree on the HTTP status that goes with it. */
    private static Reason reason(OpenDALException e, String text, String code) {
        return switch (code) {
            case "NoSuchBucket", "ContainerNotFound" -> Reason.NO_BUCKET;
            case "SlowDown", "ServiceUnavailable", "ServerBusy", "TooManyRequests" -> Reason.UNREACHABLE;
            case TlsTunnel.NOT_TRUSTED, TlsTunnel.UNREACHABLE -> Reason.UNREACHABLE;
            case "AccessDenied",
                    "AuthenticationFailed",
                    "AuthorizationFailure",
                    "AuthorizationPermissionMismatch",
                    "InvalidAccessKeyId",
                    "SignatureDoesNotMatch",
                    "ExpiredToken",
                    "InvalidToken",
                    "RequestTimeTooSkewed",
                    "XAdminUserNotFound" -> Reason.DENIED;
            case "InvalidRange" -> Reason.NOT_FOUND;
            default ->
                switch (e.getCode()) {
                    case NotFound, RangeNotSatisfied -> Reason.NOT_FOUND;
                    case PermissionDenied -> Reason.DENIED;
                    case ConfigInvalid -> Reason.INVALID;
                    default -> code.isEmpty() ? reasonBySource(text) : Reason.OTHER;
                };
        };
    }

    private static Reason reasonBySource(String text) {
        if (text.contains(TOO_SHORT)) {
            return Reason.NOT_FOUND;
        }
        return UNREACHABLE.matcher(text).find() ? Reason.UNREACHABLE : Reason.OTHER;
    }

    private static String explanation(Reason reason, String action, StorageUri uri, String text, String code) {
        String said = code.isEmpty() ? "" : " (the store says " + code + ")";
        return switch (reason) {
            case NO_BUCKET -> "there is no bucket '" + uri.bucket() + "'; create it, or check " + place(uri);
            case DENIED ->
                "access denied" + said + "; check the credentials, and that they may " + action
                        + " objects in this bucket";
            case NOT_FOUND ->
                code.equals("InvalidRange") || text.contains(TOO_SHORT)
                        ? "it ends before the bytes asked for"
                        : "it does not exist";
            case UNREACHABLE -> unreachable(uri, text, said);
            case INVALID, OTHER -> firstLine(text) + said;
        };
    }

    private static String unreachable(StorageUri uri, String text, String said) {
        if (text.contains("peer certificate") || text.contains(TlsTunnel.NOT_TRUSTED)) {
            return "the store's certificate is not trusted; name a file with its authority's in AWS_CA_BUNDLE: "
                    + firstLine(text);
        }
        return said.isEmpty() || text.contains(TlsTunnel.UNREACHABLE)
                ? "the store does not answer; " + reachability(uri) + ": " + firstLine(text)
                : "the store is too busy" + said + "; it was asked several times";
    }

    /** What to check when a store does not answer. */
    static String reachability(StorageUri uri) {
        return "check that " + endpoint(uri) + " is right and reachable from here";
    }

    private static String endpoint(StorageUri uri) {
        return switch (uri.scheme()) {
            case "gs" -> "the network, or STORAGE_EMULATOR_HOST,";
            case "az" -> "AZURE_STORAGE_ACCOUNT or AZURE_STORAGE_SERVICE_ENDPOINT";
            case "hf" -> "HF_ENDPOINT";
            default -> "AWS_ENDPOINT_URL";
        };
    }

    private static String place(StorageUri uri) {
        return switch (uri.scheme()) {
            case "gs" -> "its name";
            case "az" -> "AZURE_STORAGE_ACCOUNT";
            default -> "AWS_ENDPOINT_URL and AWS_REGION";
        };
    }

    static boolean isConditionNotMet(StorageException e) {
        return e.getCause() instanceof OpenDALException cause
                && cause.getCode() == OpenDALException.Code.ConditionNotMatch;
    }

    static boolean isConflict(StorageException e) {
        return e.getCause() instanceof OpenDALException cause
                && String.valueOf(cause.getMessage()).contains("ConditionalRequestConflict");
    }

    private static String firstLine(String text) {
        return text.lines().findFirst().orElse("");
    }
}
