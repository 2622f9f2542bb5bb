// SPDX-License-Identifier: Apache-2.0
package org.survol.objectstore;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.util.regex.Pattern;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobStore;

/** S3 over a folder. Listens on 127.0.0.1 only, plain HTTP, one pair of keys: for one machine, never for a network. */
final class S3Server implements AutoCloseable {

    static final String HOST = "127.0.0.1";

    /**
     * A request signed the plain way is held in memory while its signature is checked; the client sends files in parts
     * below this.
     */
    private static final long LARGEST_BUFFERED_REQUEST = 64L << 20;

    private static final Pattern HALF_WRITTEN =
            Pattern.compile(".+-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");

    private final S3Proxy proxy;

    private S3Server(S3Proxy proxy) {
        this.proxy = proxy;
    }

    /** @param port 0 for a free one */
    static S3Server start(Path data, int port, String bucket, String accessKey, String secretKey) throws IOException {
        Files.createDirectories(data);
        removeHalfWritten(data);
        var folder = new FilesystemNio2BlobStore(data.toString());
        if (!folder.containerExists(bucket)) {
            folder.createContainer(bucket);
        }
        var proxy = S3Proxy.builder()
                .blobStore(folder)
                .endpoint(URI.create("http://" + HOST + ":" + port))
                .awsAuthentication(AuthenticationType.AWS_V2_OR_V4, accessKey, secretKey)
                .ignoreUnknownHeaders(true)
                .v4MaxNonChunkedRequestSize(LARGEST_BUFFERED_REQUEST)
                .build();
        try {
            proxy.start();
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException("the object store did not start: " + e.getMessage(), e);
        }
        return new S3Server(proxy);
    }

    /**
     * An object is written beside its place under a name of its own, {@code key-UUID}, and then moved there. What a killed
     * server left of that would be listed as an object; it is known by its name and by lacking all attributes, which
     * finished objects have.
     */
    private static void removeHalfWritten(Path data) throws IOException {
        try (var files = Files.walk(data)) {
            for (var file : files.filter(Files::isRegularFile).toList()) {
                if (HALF_WRITTEN.matcher(file.getFileName().toString()).matches()
                        && Files.getFileAttributeView(file, UserDefinedFileAttributeView.class)
                                .list()
                                .isEmpty()) {
                    Files.delete(file);
                }
            }
        }
    }

    URI endpoint() {
        return URI.create("http://" + HOST + ":" + proxy.getPort());
    }

    @Override
    public void close() throws IOException {
        try {
            proxy.stop();
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException("the object store did not stop: " + e.getMessage(), e);
        }
    }
}
