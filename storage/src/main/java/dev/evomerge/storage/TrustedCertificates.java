package dev.evomerge.storage;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** The authorities of one's own that HTTPS servers are certified by. */
final class TrustedCertificates {

    private static final String[] NAMES = {"AWS_CA_BUNDLE", "SSL_CERT_FILE"};

    private TrustedCertificates() {}

    /**
     * Trusts the certificates that a setting names, and no others. A Secret's key holds them itself, an environment's variable mostly the
     * path of their file.
     *
     * @return empty if no setting names any: then the public authorities are trusted
     * @throws StorageException if there are none where the setting says
     */
    static Optional<SSLContext> of(StorageUri folder, StorageAccess access) throws StorageException {
        Optional<String> named = access.first(NAMES);
        if (named.isEmpty()) {
            return Optional.empty();
        }
        boolean text = named.get().contains("-----BEGIN");
        try {
            byte[] pem = text ? named.get().getBytes(US_ASCII) : Files.readAllBytes(Path.of(named.get()));
            return Optional.of(context(pem));
        } catch (GeneralSecurityException | IOException e) {
            throw new StorageException("cannot open " + folder + ": " + String.join(" or ", NAMES)
                    + (text ? " holds" : " is '" + named.get() + "', which has")
                    + " no readable certificates, expected PEM: " + e);
        }
    }

    private static SSLContext context(byte[] pem) throws GeneralSecurityException, IOException {
        KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
        trusted.load(null, null);
        int count = 0;
        for (Certificate certificate :
                CertificateFactory.getInstance("X.509").generateCertificates(new ByteArrayInputStream(pem))) {
            trusted.setCertificateEntry("authority-" + count++, certificate);
        }
        if (count == 0) {
            throw new IOException("it has no certificate");
        }
        TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        managers.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, managers.getTrustManagers(), null);
        return context;
    }
}
