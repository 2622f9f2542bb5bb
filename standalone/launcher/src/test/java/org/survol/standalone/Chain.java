// SPDX-License-Identifier: Apache-2.0
package org.survol.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.survol.scene.ProgressListener;
import org.survol.scene.SceneGenerator;
import org.survol.scene.SceneSpec;
import org.survol.standalone.Submission.Ending;

/**
 * The chain as its users run it: all processes, from the packaged jars, on free ports and a data folder of its own. One
 * instance is shared by all tests that do not disturb it; it ends with the tests' JVM.
 */
final class Chain implements AutoCloseable {

    /** Small, but of several strips and most classes; its centre is a corner of four tiles. */
    static final SceneSpec SCENE = new SceneSpec(7, 160, 2022);

    /** Half of what a window of the bundled models keeps: smaller tiles would compute the same windows again and again. */
    static final int TILE_SIZE = 512;

    private static final Duration PATIENCE = Duration.ofMinutes(8);
    private static final Duration POLL = Duration.ofMillis(100);

    private static Path temporary;
    private static Path flight;
    private static Chain shared;
    private static AcquisitionProgress undisturbed;

    private final Installation installation;

    private Chain(Installation installation) {
        this.installation = installation;
    }

    /** @param data kept, so that a second start goes on with it */
    static Chain start(Path data) throws IOException, InterruptedException {
        return new Chain(Installation.start(
                Distribution.ofThisProcess(),
                new DataFolder(data),
                Ports.of(new Ports.Wanted(0, 0, 0, 0, 0, 0, 0)),
                TILE_SIZE,
                System.err::println,
                // an aborted build must not leave processes behind
                created -> Runtime.getRuntime().addShutdownHook(new Thread(created::close))));
    }

    /** The instance that nobody disturbs. */
    static synchronized Chain shared() throws IOException, InterruptedException {
        if (shared == null) {
            shared = start(folder("shared"));
        }
        return shared;
    }

    /** The sample flight, through the shared instance, with nothing going wrong. */
    static synchronized AcquisitionProgress undisturbed() throws IOException, InterruptedException {
        if (undisturbed == null) {
            var ending = shared().submit(flight(), Optional.empty());
            assertThat(ending).isInstanceOf(Ending.Ended.class);
            undisturbed = ((Ending.Ended) ending).progress();
        }
        return undisturbed;
    }

    /** The sample flight as delivered. */
    static synchronized Path flight() throws IOException, InterruptedException {
        if (flight == null) {
            flight = folder("flight");
            SceneGenerator.generate(SCENE, flight, ProgressListener.SILENT);
        }
        return flight;
    }

    /** A new folder that goes with the tests' JVM. */
    static synchronized Path folder(String name) throws IOException {
        if (temporary == null) {
            temporary = Files.createTempDirectory("survol-chain");
            Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                if (shared != null) {
                    shared.close();
                }
                delete(temporary);
            }));
        }
        return Files.createDirectories(temporary.resolve(name));
    }

    Instance instance() {
        return installation.instance();
    }

    Catalogue catalogue() {
        return new Catalogue(instance());
    }

    /** Hands in what lies at the path and waits for the end. */
    Ending submit(Path path, Optional<String> model) throws IOException, InterruptedException {
        return submit(path, model, _ -> {});
    }

    Ending submit(Path path, Optional<String> model, Consumer<AcquisitionProgress> watch)
            throws IOException, InterruptedException {
        try (var store = instance().openStore()) {
            var submission = new Submission(instance(), store, System.err::println);
            var delivery =
                    Delivery.of(List.of(path.toString()), Optional.empty()).getFirst();
            var before = submission.before(delivery.id());
            if (submission.handIn(delivery, model) instanceof Ending.Refused refused) {
                return refused;
            }
            return submission.follow(delivery.id(), model, before, PATIENCE, watch);
        }
    }

    /** Hands in without waiting. */
    void handIn(Path path) throws IOException, InterruptedException {
        try (var store = instance().openStore()) {
            var delivery =
                    Delivery.of(List.of(path.toString()), Optional.empty()).getFirst();
            assertThat(new Submission(instance(), store, System.err::println).handIn(delivery, Optional.empty()))
                    .isInstanceOf(Submission.HandedIn.Taken.class);
        }
    }

    /** Waits until the acquisition has come so far; fails when it does not. */
    AcquisitionProgress await(String id, Predicate<AcquisitionProgress> far) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        Optional<AcquisitionProgress> last;
        do {
            last = catalogue().acquisition(id);
            if (last.isPresent() && far.test(last.get())) {
                return last.get();
            }
            synchronized (this) {
                wait(POLL.toMillis());
            }
        } while (System.nanoTime() < deadline);
        throw new AssertionError(id + " did not come so far: " + last);
    }

    /** {@code kill -9}. */
    void kill(String service) {
        var process = installation.process(service).orElseThrow();
        assertThat(process.destroyForcibly()).isTrue();
    }

    @Override
    public void close() {
        installation.close();
    }

    private static void delete(Path folder) {
        try (var paths = Files.walk(folder)) {
            for (var path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
