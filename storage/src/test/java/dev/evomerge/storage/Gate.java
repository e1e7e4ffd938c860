package dev.evomerge.storage;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;

/**
 * Stands before a server: lets requests through as they are, so that their signatures hold, or answers in its place. Only the first request
 * of a connection is looked at, so a server that is to be watched for long needs a client that connects anew.
 */
final class Gate implements AutoCloseable {

    private final ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final List<String> heads = new CopyOnWriteArrayList<>();
    private final URI server;
    private final Function<String, Optional<String>> refusal;

    /**
     * Opens a gate.
     *
     * @param server  what stands behind it
     * @param refusal from a request's head to the answer that is given instead of the server's, if one is
     */
    Gate(String server, Function<String, Optional<String>> refusal) throws IOException {
        this.server = URI.create(server);
        this.refusal = refusal;
        threads.submit(this::listen);
    }

    String endpoint() {
        return "http://127.0.0.1:" + socket.getLocalPort();
    }

    /** The heads of the requests that came, first lines and headers. */
    List<String> heads() {
        return List.copyOf(heads);
    }

    private Void listen() throws IOException {
        while (true) {
            Socket client = socket.accept();
            threads.submit(() -> serve(client));
        }
    }

    private Void serve(Socket client) throws IOException {
        try (client) {
            byte[] head = head(client.getInputStream());
            String text = new String(head, US_ASCII);
            heads.add(text);
            Optional<String> answer = refusal.apply(text);
            if (answer.isPresent()) {
                client.getOutputStream().write(answer.get().getBytes(US_ASCII));
                return null;
            }
            try (Socket behind = new Socket(server.getHost(), server.getPort())) {
                behind.getOutputStream().write(head);
                var forth = threads.submit(() -> pipe(client.getInputStream(), behind.getOutputStream()));
                pipe(behind.getInputStream(), client.getOutputStream());
                forth.cancel(true);
            }
            return null;
        }
    }

    private static byte[] head(InputStream in) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(US_ASCII).endsWith("\r\n\r\n")) {
            int next = in.read();
            if (next < 0) {
                break;
            }
            head.write(next);
        }
        return head.toByteArray();
    }

    private static Void pipe(InputStream from, OutputStream to) throws IOException {
        from.transferTo(to);
        return null;
    }

    @Override
    public void close() throws IOException {
        socket.close();
        threads.shutdownNow();
    }
}
