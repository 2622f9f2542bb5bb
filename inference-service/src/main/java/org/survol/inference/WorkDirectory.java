// SPDX-License-Identifier: Apache-2.0
package org.survol.inference;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;

/**
 * Files of this process: {@code models/{sha256}.onnx} and {@code engines/}, which may be shared and survive, and one
 * folder a tile in work,
 * which carries the process id so that what a killed process left is removed by the next one.
 */
final class WorkDirectory {

    private static final String TILE = "tile-";

    private final Path root;

    WorkDirectory(Path root) throws IOException {
        this.root = Files.createDirectories(root);
        removeLeftovers();
    }

    /** Where a model of that digest lies, or will. */
    Path model(String sha256) throws IOException {
        if (!sha256.matches("[0-9a-f]{64}")) {
            throw new IllegalArgumentException("not a SHA-256: " + sha256);
        }
        return Files.createDirectories(root.resolve("models")).resolve(sha256 + ".onnx");
    }

    /** Where TensorRT keeps its engines. */
    Path engines() {
        return root.resolve("engines");
    }

    Scratch scratch() throws IOException {
        return new Scratch(
                Files.createTempDirectory(root, TILE + ProcessHandle.current().pid() + "-"));
    }

    /** A folder that is deleted with its files when closed. */
    record Scratch(Path folder) implements AutoCloseable {

        Path file(String name) {
            return folder.resolve(name);
        }

        @Override
        public void close() throws IOException {
            deleteTree(folder);
        }
    }

    private void removeLeftovers() throws IOException {
        try (var entries = Files.newDirectoryStream(root, TILE + "*")) {
            for (Path entry : entries) {
                if (isLeftover(entry.getFileName().toString())) {
                    deleteTree(entry);
                }
            }
        }
    }

    /** In a container every process has the same id, so a folder with ours, at start, is not ours. */
    private static boolean isLeftover(String name) {
        String[] parts = name.split("-", 3);
        if (parts.length != 3 || !parts[1].matches("\\d{1,18}")) {
            return false;
        }
        long pid = Long.parseLong(parts[1]);
        return pid == ProcessHandle.current().pid() || ProcessHandle.of(pid).isEmpty();
    }

    private static void deleteTree(Path folder) throws IOException {
        try (var paths = Files.walk(folder)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }
}
