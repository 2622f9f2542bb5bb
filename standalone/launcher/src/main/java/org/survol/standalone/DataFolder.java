// SPDX-License-Identifier: Apache-2.0
package org.survol.standalone;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Set;

/**
 * The one folder that holds all state of an instance.
 *
 * <pre>
 * broker/  store/  catalog/     what the processes keep
 * watched.json                  what was handed in from a watched folder
 * work/                         passing files of the services
 * logs/NAME.log                 one a process; NAME.log.1 is the one before the last start
 * run/lock                      held while `up` runs
 * run/NAME.pid                  process id and start time of each process
 * run/instance.json             where a running instance listens (readable by its owner only: it names the key)
 * run/secret                    the store's key, drawn at random on first use, readable by its owner only
 * </pre>
 */
record DataFolder(Path root) {

    private static final String OWNER_ONLY = "rw-------";
    private static final int SECRET_BYTES = 24;

    DataFolder {
        root = root.toAbsolutePath().normalize();
    }

    Path logs() {
        return root.resolve("logs");
    }

    Path run() {
        return root.resolve("run");
    }

    Path instanceFile() {
        return run().resolve("instance.json");
    }

    Path log(String process) {
        return logs().resolve(process + ".log");
    }

    Path pidFile(String process) {
        return run().resolve(process + ".pid");
    }

    void create() {
        try {
            Files.createDirectories(logs());
            Files.createDirectories(run());
        } catch (IOException e) {
            throw new CommandFailed(
                    "cannot create the data folder " + root + " (" + e.getMessage() + "). Choose another with --data.",
                    e);
        }
    }

    /** Held until the process ends or the lock is closed; two `up` on one folder would ruin each other's state. */
    FileLock lock() {
        try {
            var channel = FileChannel.open(run().resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            FileLock lock = null;
            try {
                lock = channel.tryLock();
            } catch (OverlappingFileLockException e) {
                // held by this very process
            }
            if (lock == null) {
                channel.close();
                throw new CommandFailed("an instance already runs on " + root + ". Stop it (./survol down --data "
                        + root + ") or choose another folder with --data.");
            }
            return lock;
        } catch (IOException e) {
            throw new CommandFailed("cannot lock the data folder " + root + ": " + e.getMessage(), e);
        }
    }

    /** The same secret as long as the folder lives: a second `up` must open what the first one stored. */
    String secret() throws IOException {
        var file = run().resolve("secret");
        if (!Files.exists(file)) {
            var bytes = new byte[SECRET_BYTES];
            new SecureRandom().nextBytes(bytes);
            writePrivately(file, HexFormat.of().formatHex(bytes).getBytes(StandardCharsets.US_ASCII));
        }
        return Files.readString(file).strip();
    }

    /** Whole or not at all, and never readable by others. */
    void writePrivately(Path file, byte[] content) throws IOException {
        var temporary = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(temporary);
        Files.createFile(temporary, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(OWNER_ONLY)));
        Files.write(temporary, content);
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Keeps the log of the start before this one. */
    void turnLogs(Set<String> processes) throws IOException {
        for (var process : processes) {
            if (Files.exists(log(process))) {
                Files.move(
                        log(process),
                        logs().resolve(process + ".log.1"),
                        StandardCopyOption.REPLACE_EXISTING,
                        StandardCopyOption.ATOMIC_MOVE);
            }
        }
    }
}
