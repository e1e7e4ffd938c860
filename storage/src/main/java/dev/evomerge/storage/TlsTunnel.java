package dev.evomerge.storage;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/**
 * A port of the loopback address that leads to an HTTPS server. The storage library trusts public authorities only and cannot be given
 * others; so it speaks plain HTTP to this port, and the JVM's TLS checks the server's certificate.
 *
 * <p>Bytes pass as they are, so requests stay signed for the host that the library knows, which is the tunnel's: servers check a signature
 * against the host that a request names. That is why buckets must be named in the path.
 */
final class TlsTunnel implements AutoCloseable {

    /** What it answers in the store's place, as a store's error code. */
    static final String NOT_TRUSTED = "CertificateNotTrusted";

    static final String UNREACHABLE = "StoreUnreachable";

    private static final int CONNECT_MILLIS = 10_000;

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final ServerSocket socket;
    private final SSLContext trusted;
    private final URI server;

    TlsTunnel(String server, SSLContext trusted) throws IOException {
        this.server = URI.create(server);
        this.trusted = trusted;
        this.socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        threads.submit(this::listen);
    }

    String endpoint() {
        return "http://127.0.0.1:" + socket.getLocalPort();
    }

    private Void listen() throws IOException {
        while (true) {
            Socket client = socket.accept();
            threads.submit(() -> serve(client));
        }
    }

    private Void serve(Socket client) throws IOException {
        try (client) {
            try (SSLSocket behind = connect()) {
                threads.submit(() -> pass(client.getInputStream(), behind.getOutputStream(), behind));
                pass(behind.getInputStream(), client.getOutputStream(), client);
            } catch (SSLException e) {
                refuse(client, "400 Bad Request", NOT_TRUSTED, e);
            } catch (IOException e) {
                refuse(client, "503 Service Unavailable", UNREACHABLE, e);
            }
        }
        return null;
    }

    private SSLSocket connect() throws IOException {
        Socket plain = new Socket();
        try {
            plain.connect(
                    new InetSocketAddress(server.getHost(), server.getPort() < 0 ? 443 : server.getPort()),
                    CONNECT_MILLIS);
            SSLSocket secure =
                    (SSLSocket) trusted.getSocketFactory().createSocket(plain, server.getHost(), plain.getPort(), true);
            SSLParameters parameters = secure.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            secure.setSSLParameters(parameters);
            secure.startHandshake();
            return secure;
        } catch (IOException e) {
            plain.close();
            throw e;
        }
    }

    /** Passes bytes on until one side ends; then the other must end too. */
    private static Void pass(InputStream from, OutputStream to, Socket end) throws IOException {
        try (end) {
            from.transferTo(to);
        } catch (IOException e) {
            // A connection that breaks is seen by the library, which tries again.
        }
        return null;
    }

    /** Answers as a store does that refuses, so that the reason reaches the user. */
    private static void refuse(Socket client, String status, String code, IOException why) throws IOException {
        String body = "<Error><Code>" + code + "</Code><Message>"
                + String.valueOf(why.getMessage()).replaceAll("[<>&]", " ") + "</Message></Error>";
        byte[] bytes = body.getBytes(UTF_8);
        client.getOutputStream()
                .write(("HTTP/1.1 " + status + "\r\nContent-Type: application/xml\r\nContent-Length: " + bytes.length
                                + "\r\nConnection: close\r\n\r\n" + body)
                        .getBytes(UTF_8));
        client.shutdownOutput();
        // Closing with unread bytes would reset the connection and lose the answer.
        client.getInputStream().transferTo(OutputStream.nullOutputStream());
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            threads.shutdownNow();
        }
    }
}
