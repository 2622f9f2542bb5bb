// SPDX-License-Identifier: Apache-2.0
package org.survol.core.store;

import io.minio.BucketExistsArgs;
import io.minio.GetObjectArgs;
import io.minio.GetPresignedObjectUrlArgs;
import io.minio.Http;
import io.minio.ListObjectsArgs;
import io.minio.MinioClient;
import io.minio.PutObjectArgs;
import io.minio.RemoveObjectArgs;
import io.minio.StatObjectArgs;
import io.minio.UploadObjectArgs;
import io.minio.errors.MinioException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import okhttp3.OkHttpClient;
import org.survol.core.Digest;

/**
 * One bucket of any S3 server, through the MinIO client. Objects in other buckets of the server can be read, under their
 * whole address {@code s3://bucket/key}; who may name one is the caller's to decide. Thread-safe. What each S3 error becomes is decided in
 * {@link S3Errors} alone.
 */
public final class S3ObjectStore implements ObjectStore, AutoCloseable {

    /**
     * Files above this go up in parts of this size: large enough that a stack is a handful of requests, small enough
     * that a part stays in memory on both sides. S3 demands at least 5 MiB.
     */
    static final long PART_BYTES = 16L << 20;

    private static final Duration CONNECT = Duration.ofSeconds(5);
    private static final Duration TRANSFER = Duration.ofSeconds(60);
    private static final String ADDRESS = "s3://";
    private static final Map<String, String> ONLY_IF_ABSENT = Map.of("If-None-Match", "*");

    /** A store that is busy with the same key may ask to try again (S3 409) before it knows the answer. */
    private static final int CONDITIONAL_ATTEMPTS = 5;

    /**
     * Where the bucket is and who asks.
     *
     * @param endpoint for example {@code http://127.0.0.1:9000}
     * @param region the bucket's region; {@code us-east-1} for servers without regions
     * @param publicEndpoint where others reach the same server, for addresses that are handed out; absent: where we do
     */
    public record Connection(
            String endpoint,
            String accessKey,
            String secretKey,
            String bucket,
            String region,
            Optional<String> publicEndpoint) {
        public Connection {
            Objects.requireNonNull(endpoint, "endpoint");
            Objects.requireNonNull(accessKey, "accessKey");
            Objects.requireNonNull(secretKey, "secretKey");
            Objects.requireNonNull(bucket, "bucket");
            Objects.requireNonNull(region, "region");
            Objects.requireNonNull(publicEndpoint, "publicEndpoint");
        }

        public Connection(String endpoint, String accessKey, String secretKey, String bucket, String region) {
            this(endpoint, accessKey, secretKey, bucket, region, Optional.empty());
        }

        /** Without the secret. */
        @Override
        public String toString() {
            return endpoint + "/" + bucket;
        }
    }

    private final MinioClient client;

    /** Signs for those who reach the server under another address, which is part of what is signed; asks nothing. */
    private final MinioClient signer;

    private final String bucket;
    private final S3Errors errors;

    public S3ObjectStore(Connection connection) {
        var http = new OkHttpClient.Builder()
                .connectTimeout(CONNECT)
                .readTimeout(TRANSFER)
                .writeTimeout(TRANSFER)
                .build();
        this.client = client(connection, connection.endpoint(), http);
        this.signer = connection
                .publicEndpoint()
                .map(endpoint -> client(connection, endpoint, http))
                .orElse(client);
        this.bucket = connection.bucket();
        this.errors = new S3Errors(connection.toString());
    }

    private static MinioClient client(Connection connection, String endpoint, OkHttpClient http) {
        return MinioClient.builder()
                .endpoint(endpoint)
                .credentials(connection.accessKey(), connection.secretKey())
                .region(connection.region())
                .httpClient(http, true)
                .build();
    }

    /** Whether the store answers and the bucket is there; an {@link IOException} when it does not answer. */
    public boolean bucketExists() throws IOException {
        return errors.orThrow(
                bucket,
                () -> client.bucketExists(
                        BucketExistsArgs.builder().bucket(bucket).build()));
    }

    @Override
    public Optional<Stat> stat(String key) throws IOException {
        try {
            var stat = errors.orThrow(
                    key,
                    () -> client.statObject(StatObjectArgs.builder()
                            .bucket(bucketOf(key))
                            .object(nameOf(key))
                            .build()));
            return Optional.of(new Stat(
                    key, stat.size(), unquoted(stat.etag()), stat.lastModified().toInstant()));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    @Override
    public byte[] read(String key) throws IOException {
        try (InputStream in = open(GetObjectArgs.builder().bucket(bucketOf(key)).object(nameOf(key)), key)) {
            return in.readAllBytes();
        }
    }

    @Override
    public byte[] read(String key, long offset, int length) throws IOException {
        if (offset < 0 || length < 0) {
            throw new IllegalArgumentException("negative range of " + key + ": " + offset + ", " + length);
        }
        if (length == 0) {
            return new byte[0];
        }
        var range = GetObjectArgs.builder()
                .bucket(bucketOf(key))
                .object(nameOf(key))
                .offset(offset)
                .length((long) length);
        try (InputStream in = open(range, key)) {
            var bytes = in.readNBytes(length);
            if (bytes.length < length) {
                throw new EOFException(key + " ends " + (length - bytes.length) + " bytes before " + (offset + length));
            }
            return bytes;
        }
    }

    @Override
    public void download(String key, Path file) throws IOException {
        try (InputStream in = open(GetObjectArgs.builder().bucket(bucketOf(key)).object(nameOf(key)), key)) {
            Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    @Override
    public ObjectRef write(String key, byte[] content, String contentType) throws IOException {
        put(key, content, contentType, Map.of());
        return new ObjectRef(key, content.length, Digest.of(content));
    }

    @Override
    public ObjectRef upload(String key, Path file, String contentType) throws IOException {
        long bytes = Files.size(file);
        var sha256 = Digest.of(file);
        if (bytes <= PART_BYTES) {
            put(key, Files.readAllBytes(file), contentType, Map.of());
        } else {
            errors.orThrow(
                    key,
                    () -> client.uploadObject(UploadObjectArgs.builder()
                            .bucket(bucket)
                            .object(key)
                            .filename(file.toString(), PART_BYTES)
                            .contentType(contentType)
                            .build()));
        }
        return new ObjectRef(key, bytes, sha256);
    }

    @Override
    public boolean writeIfAbsent(String key, byte[] content, String contentType) throws IOException {
        for (int attempt = 1; ; attempt++) {
            try {
                put(key, content, contentType, ONLY_IF_ABSENT);
                return true;
            } catch (S3Errors.AlreadyThere e) {
                return false;
            } catch (S3Errors.Contended e) {
                if (attempt == CONDITIONAL_ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    @Override
    public List<Stat> list(String prefix) throws IOException {
        var found = new ArrayList<Stat>();
        scan(prefix, found::add);
        found.sort(Comparator.comparing(Stat::key));
        return found;
    }

    @Override
    public Level level(String prefix) throws IOException {
        var objects = new ArrayList<Stat>();
        var folders = new ArrayList<String>();
        visit(prefix, false, objects::add, folders::add);
        return new Level(objects, folders);
    }

    @Override
    public void scan(String prefix, Consumer<Stat> visitor) throws IOException {
        visit(prefix, true, visitor, _ -> {});
    }

    private void visit(String prefix, boolean recursive, Consumer<Stat> objects, Consumer<String> folders)
            throws IOException {
        var args = ListObjectsArgs.builder()
                .bucket(bucket)
                .prefix(prefix)
                .recursive(recursive)
                .build();
        errors.orThrow(prefix, () -> {
            for (var result : client.listObjects(args)) {
                var item = result.get();
                if (item.isDir()) {
                    folders.accept(item.objectName());
                } else {
                    objects.accept(new Stat(
                            item.objectName(),
                            item.size(),
                            unquoted(item.etag()),
                            item.lastModified().toInstant()));
                }
            }
            return null;
        });
    }

    @Override
    public void delete(String key) throws IOException {
        errors.orThrow(key, () -> {
            client.removeObject(
                    RemoveObjectArgs.builder().bucket(bucket).object(key).build());
            return null;
        });
    }

    /** Signed here, without asking the server: whether the object is there shows when it is fetched. */
    @Override
    public Optional<URI> temporaryAddress(String key, Duration validFor) throws IOException {
        return Optional.of(URI.create(errors.orThrow(
                key,
                () -> signer.getPresignedObjectUrl(GetPresignedObjectUrlArgs.builder()
                        .method(Http.Method.GET)
                        .bucket(bucket)
                        .object(key)
                        .expiry(Math.toIntExact(validFor.toSeconds()))
                        .build()))));
    }

    @Override
    public void close() {
        try {
            client.close();
        } catch (Exception e) {
            throw new IllegalStateException("cannot close the client of " + bucket, e);
        }
    }

    private String bucketOf(String key) {
        return key.startsWith(ADDRESS) ? key.substring(ADDRESS.length(), key.indexOf('/', ADDRESS.length())) : bucket;
    }

    private static String nameOf(String key) {
        return key.startsWith(ADDRESS) ? key.substring(key.indexOf('/', ADDRESS.length()) + 1) : key;
    }

    private InputStream open(GetObjectArgs.Builder args, String key) throws IOException {
        return errors.orThrow(key, () -> client.getObject(args.build()));
    }

    private void put(String key, byte[] content, String contentType, Map<String, String> headers) throws IOException {
        errors.orThrow(
                key,
                () -> client.putObject(PutObjectArgs.builder()
                        .bucket(bucket)
                        .object(key)
                        .data(content, content.length)
                        .contentType(contentType)
                        .extraHeaders(headers)
                        .build()));
    }

    private static String unquoted(String etag) {
        return etag == null ? "" : etag.replace("\"", "");
    }

    /** A call of the client. */
    interface Call<T> {
        T run() throws MinioException, IOException;
    }
}
