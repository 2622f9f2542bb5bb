// SPDX-License-Identifier: Apache-2.0
package org.survol.standalone;

import com.fasterxml.jackson.core.type.TypeReference;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.survol.core.Digest;
import org.survol.core.Json;
import org.survol.standalone.Submission.Ending;
import org.survol.standalone.Submission.HandedIn;

/**
 * Hands in what is put into a folder: each sub-folder and each file is a flight, once nothing in it has changed for a
 * while. What was handed in is written down, so that a restart does not do it again; were that lost, the same id and the
 * same content would still be the same acquisition. A flight that changes afterwards is tried again.
 */
final class WatchedFolder {

    private static final Duration LOOK = Duration.ofSeconds(2);

    /** Of files that are being copied or downloaded. */
    private static final Set<String> UNFINISHED = Set.of("part", "filepart", "tmp", "partial", "crdownload", "swp");

    /** Hands a flight in. */
    @FunctionalInterface
    interface Desk {
        /** @throws IOException when it must be tried again */
        HandedIn handIn(Delivery delivery) throws IOException, InterruptedException;
    }

    private final Path folder;
    private final Duration quiet;
    private final Path journal;
    private final Desk desk;
    private final Consumer<String> say;
    private final InstantSource clock;

    /** State of each flight that has been dealt with, by its path. */
    private final Map<String, String> done;

    private final Map<Path, Seen> seen = new HashMap<>();

    private record Seen(String state, Instant since) {}

    /**
     * @param journal file that remembers across restarts
     * @param quiet for so long nothing must have changed in a flight
     */
    WatchedFolder(Path folder, Duration quiet, Path journal, Desk desk, Consumer<String> say, InstantSource clock) {
        this.folder = folder.toAbsolutePath().normalize();
        this.quiet = quiet;
        this.journal = journal;
        this.desk = desk;
        this.say = say;
        this.clock = clock;
        this.done = read(journal);
    }

    /** Until interrupted. */
    void watch() {
        say.accept("watching " + folder + "; a sub-folder or file that has been quiet for " + quiet.toSeconds()
                + " s is handed in");
        boolean failing = false;
        try {
            while (true) {
                try {
                    turn();
                    failing = false;
                } catch (IOException e) {
                    if (!failing) {
                        say.accept("cannot hand in from " + folder + " now: " + e.getMessage() + "; goes on trying");
                    }
                    failing = true;
                }
                Thread.sleep(LOOK);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** One look. */
    void turn() throws IOException, InterruptedException {
        List<Path> flights;
        try (var entries = Files.list(folder)) {
            flights = entries.filter(WatchedFolder::mayBeFlight).sorted().toList();
        }
        seen.keySet().retainAll(Set.copyOf(flights));
        var now = clock.instant();
        for (var flight : flights) {
            var state = state(flight);
            if (state.isEmpty() || state.get().equals(done.get(flight.toString()))) {
                continue;
            }
            var before = seen.get(flight);
            if (before == null || !before.state().equals(state.get())) {
                seen.put(flight, new Seen(state.get(), now));
            } else if (!before.since().plus(quiet).isAfter(now)) {
                handIn(flight);
                done.put(flight.toString(), state.get());
                write();
            }
        }
    }

    private void handIn(Path flight) throws IOException, InterruptedException {
        var name = flight.getFileName();
        try {
            for (var delivery : Delivery.of(List.of(flight.toString()), Optional.empty())) {
                switch (desk.handIn(delivery)) {
                    case HandedIn.Taken taken -> say.accept("took " + name + " as acquisition " + taken.id());
                    case Ending.Refused refused -> say.accept("refused " + name + ": " + refused.reason());
                }
            }
        } catch (CommandFailed e) {
            say.accept("refused " + name + ": " + e.getMessage());
        }
    }

    /** Side files and checksums belong to what lies beside them. */
    private static boolean mayBeFlight(Path entry) {
        var name = entry.getFileName().toString();
        var extension = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
        return !name.startsWith(".")
                && !UNFINISHED.contains(extension)
                && (Files.isDirectory(entry) || !Delivery.COMPANIONS.contains(extension));
    }

    /** Digest of names, sizes and times; empty when there is no file, or one is still being written. */
    private static Optional<String> state(Path flight) throws IOException {
        var files = new TreeMap<String, String>();
        try (var entries = Files.walk(flight)) {
            for (var file : entries.filter(Files::isRegularFile).toList()) {
                var name = file.toString();
                if (UNFINISHED.contains(
                        name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT))) {
                    return Optional.empty();
                }
                files.put(name, Files.size(file) + " " + Files.getLastModifiedTime(file));
            }
        } catch (UncheckedIOException | NoSuchFileException e) {
            return Optional.empty(); // files come and go while one looks
        }
        return files.isEmpty() ? Optional.empty() : Optional.of(Digest.ofParts(files));
    }

    private static Map<String, String> read(Path journal) {
        try {
            return Files.exists(journal)
                    ? Json.MAPPER.readValue(
                            Files.readAllBytes(journal), new TypeReference<TreeMap<String, String>>() {})
                    : new TreeMap<>();
        } catch (IOException e) {
            return new TreeMap<>(); // all is handed in again, which is harmless
        }
    }

    /** Whole or not at all. */
    private void write() throws IOException {
        var next = journal.resolveSibling(journal.getFileName() + ".new");
        Files.write(next, Json.bytes(done));
        Files.move(next, journal, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
