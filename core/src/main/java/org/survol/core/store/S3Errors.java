// SPDX-License-Identifier: Apache-2.0
package org.survol.core.store;

import io.minio.errors.ErrorResponseException;
import io.minio.errors.MinioException;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.NoSuchFileException;

/** The one place where the client's exceptions become ours. Every message names the store and the key. */
final class S3Errors {

    /** {@code If-None-Match: *} found an object. */
    static final class AlreadyThere extends IOException {
        private static final long serialVersionUID = 1;

        AlreadyThere(String message) {
            super(message);
        }
    }

    /** Another write of the same key is under way; the store does not know yet which one is first. */
    static final class Contended extends IOException {
        private static final long serialVersionUID = 1;

        Contended(String message) {
            super(message);
        }
    }

    private static final int CONFLICT = 409;
    private static final int PRECONDITION_FAILED = 412;
    private static final int RANGE_NOT_SATISFIABLE = 416;

    private final String store;

    S3Errors(String store) {
        this.store = store;
    }

    <T> T orThrow(String key, S3ObjectStore.Call<T> call) throws IOException {
        try {
            return call.run();
        } catch (ErrorResponseException e) {
            throw ours(key, e);
        } catch (MinioException e) {
            throw new IOException(store + " failed on " + key + ": " + root(e), e);
        } catch (IOException e) {
            throw new IOException(store + " cannot be reached for " + key + ": " + root(e), e);
        } catch (IllegalStateException e) {
            // in this the client wraps what its own threads met
            if (e.getCause() instanceof IOException) {
                throw new IOException(store + " cannot be reached for " + key + ": " + root(e), e);
            }
            throw e;
        }
    }

    private IOException ours(String key, ErrorResponseException e) {
        var code = String.valueOf(e.errorResponse().code());
        int status = e.response() == null ? 0 : e.response().code();
        if (code.equals("NoSuchKey")) {
            return because(new NoSuchFileException(key, null, "not in " + store), e);
        }
        if (code.equals("NoSuchBucket")) {
            return new IOException(store + ": the bucket does not exist; create it or correct survol.store.bucket", e);
        }
        if (code.equals("AccessDenied") || code.equals("SignatureDoesNotMatch") || code.equals("InvalidAccessKeyId")) {
            return new IOException(store + " refuses the access key or its rights (" + code + ") for " + key, e);
        }
        return switch (status) {
            case PRECONDITION_FAILED -> because(new AlreadyThere(key + " is already in " + store), e);
            case CONFLICT -> because(new Contended(key + " is being written by another client of " + store), e);
            case RANGE_NOT_SATISFIABLE -> because(new EOFException(key + " in " + store + " ends before the range"), e);
            default ->
                new IOException(
                        store + " answered " + status + " " + code + " for " + key + ": "
                                + e.errorResponse().message(),
                        e);
        };
    }

    private static <E extends IOException> E because(E ours, Exception cause) {
        ours.initCause(cause);
        return ours;
    }

    private static String root(Throwable e) {
        Throwable root = e;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root.toString();
    }
}
