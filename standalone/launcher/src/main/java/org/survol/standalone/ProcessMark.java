// SPDX-License-Identifier: Apache-2.0
package org.survol.standalone;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import org.survol.core.Json;

/**
 * A process named beyond doubt: ids are used again, an id together with its start time is not.
 *
 * @param startedAt as the operating system tells it; absent where it does not
 */
record ProcessMark(long pid, Optional<Instant> startedAt) {

    static ProcessMark of(ProcessHandle handle) {
        return new ProcessMark(handle.pid(), handle.info().startInstant());
    }

    static ProcessMark ofThisProcess() {
        return of(ProcessHandle.current());
    }

    /** The process, when it still lives. */
    Optional<ProcessHandle> find() {
        return ProcessHandle.of(pid)
                .filter(ProcessHandle::isAlive)
                .filter(handle ->
                        startedAt.isPresent() && handle.info().startInstant().equals(startedAt));
    }

    void write(DataFolder folder, Path file) throws IOException {
        folder.writePrivately(file, Json.bytes(this));
    }

    static Optional<ProcessMark> read(Path file) {
        try {
            return Optional.of(Json.parse(Files.readAllBytes(file), ProcessMark.class));
        } catch (IOException e) {
            // absent or half-written: it names no process
            return Optional.empty();
        }
    }
}
