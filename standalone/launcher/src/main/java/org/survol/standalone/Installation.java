// SPDX-License-Identifier: Apache-2.0
package org.survol.standalone;

import java.io.IOException;
import java.net.URI;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.survol.core.Json;

/**
 * All processes of Survol on one machine, on one data folder: broker and object store first, then the services that need
 * them; stopped the other way round, so that work in hand is finished or handed back while the broker still listens.
 */
final class Installation implements AutoCloseable {

    private static final Duration START_TIMEOUT = Duration.ofSeconds(300);

    /** A service finishes or releases the work it holds. */
    private static final Duration SERVICE_GRACE = Duration.ofSeconds(30);

    private static final Duration GROUND_GRACE = Duration.ofSeconds(20);

    private static final String ACCESS_KEY = "survol";
    private static final String BUCKET = "survol";
    private static final String REGION = "us-east-1";

    private final DataFolder folder;
    private final FileLock lock;
    private final Instance instance;
    private final List<ManagedProcess> ground = new ArrayList<>();
    private final List<ManagedProcess> services = new ArrayList<>();
    private final CountDownLatch gaveUp = new CountDownLatch(1);
    private final CountDownLatch ended = new CountDownLatch(1);
    private boolean closed;

    private Installation(DataFolder folder, FileLock lock, Instance instance) {
        this.folder = folder;
        this.lock = lock;
        this.instance = instance;
    }

    /**
     * Starts everything and returns when every part is ready. Unfinished work in the folder goes on.
     *
     * @param tileSize side of a tile, pixels
     * @param say tells the person at the terminal
     * @param onCreated receives the installation before the first process starts, so that a signal can stop a half-started
     *     one
     * @throws CommandFailed when something did not start; what had started is stopped again
     */
    static Installation start(
            Distribution distribution,
            DataFolder folder,
            Ports ports,
            int tileSize,
            Consumer<String> say,
            Consumer<Installation> onCreated)
            throws IOException, InterruptedException {
        folder.create();
        var lock = folder.lock();
        Installation installation;
        try {
            endLeftovers(folder, say);
            ports.demandFree();
            var store = new Instance.StoreAccess(local(ports.store()), REGION, BUCKET, ACCESS_KEY, folder.secret());
            var services = new LinkedHashMap<String, URI>();
            services.put("ingest", local(ports.ingest()));
            services.put("inference", local(ports.inference()));
            services.put("vectorize", local(ports.vectorize()));
            services.put("catalog", local(ports.catalog()));
            installation = new Installation(
                    folder,
                    lock,
                    new Instance(
                            Optional.of(ProcessMark.ofThisProcess()),
                            local(ports.catalog()),
                            local(ports.ingest()),
                            services,
                            store));
        } catch (IOException | RuntimeException e) {
            lock.channel().close();
            throw e;
        }
        onCreated.accept(installation);
        try {
            installation.run(distribution, ports, tileSize, say);
            return installation;
        } catch (IOException | InterruptedException | RuntimeException e) {
            installation.close();
            throw e;
        }
    }

    Instance instance() {
        return instance;
    }

    /** Name, process id and address of every process, for people. */
    List<List<String>> table() {
        var rows = new ArrayList<List<String>>();
        for (var processes : List.of(ground, services)) {
            for (var process : processes) {
                rows.add(List.of(
                        process.spec().name(),
                        Long.toString(process.pid()),
                        "127.0.0.1:" + process.spec().port(),
                        folder.log(process.spec().name()).toString()));
            }
        }
        return rows;
    }

    /** The process of that name, as it runs now. */
    Optional<ProcessHandle> process(String name) {
        for (var processes : List.of(ground, services)) {
            for (var process : processes) {
                if (process.spec().name().equals(name)) {
                    return ProcessHandle.of(process.pid());
                }
            }
        }
        return Optional.empty();
    }

    /** Waits until a process had to be given up; without one, for ever. */
    void awaitGivenUp() throws InterruptedException {
        gaveUp.await();
    }

    /** Services first, then store and broker; returns when all have ended. */
    @Override
    public void close() {
        closeAloud(_ -> {});
    }

    /** As {@link #close}; a second call waits for the first. */
    void closeAloud(Consumer<String> say) {
        boolean first;
        synchronized (this) {
            first = !closed;
            closed = true;
        }
        if (first) {
            say.accept("stopping the services, then store and broker");
            // a signal may have reached store and broker too, before it is their turn
            expectEnd();
            stop(services, SERVICE_GRACE);
            stop(ground, GROUND_GRACE);
            try {
                Files.deleteIfExists(folder.instanceFile());
                lock.channel().close();
            } catch (IOException e) {
                // the folder may be gone; the lock ends with this process
            }
            ended.countDown();
        } else {
            try {
                ended.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void run(Distribution distribution, Ports ports, int tileSize, Consumer<String> say)
            throws IOException, InterruptedException {
        var specs = new Processes(distribution, folder, ports, instance.store(), tileSize);
        var all = new LinkedHashMap<String, List<ProcessSpec>>();
        all.put("ground", specs.ground());
        all.put("services", specs.services());
        folder.turnLogs(all.values().stream()
                .flatMap(List::stream)
                .map(ProcessSpec::name)
                .collect(Collectors.toCollection(LinkedHashSet::new)));

        say.accept("starting broker and object store");
        startAll(ground, specs.ground(), distribution, say);
        try (var store = instance.openStore()) {
            BundledModels.upload(distribution.models(), store, say);
        }
        say.accept("starting ingest, inference, vectorize and catalog");
        startAll(services, specs.services(), distribution, say);
        folder.writePrivately(folder.instanceFile(), Json.bytes(instance));
    }

    private void startAll(
            List<ManagedProcess> into, List<ProcessSpec> specs, Distribution distribution, Consumer<String> say)
            throws IOException, InterruptedException {
        var agent = distribution.launcherJar();
        for (var spec : specs) {
            var process = new ManagedProcess(spec, folder, agent, say, gaveUp::countDown);
            synchronized (this) {
                if (closed) {
                    throw new CommandFailed("stopped while starting");
                }
                into.add(process);
                process.start();
            }
        }
        for (var process : into) {
            process.awaitReady(START_TIMEOUT);
        }
    }

    private synchronized void expectEnd() {
        services.forEach(ManagedProcess::expectEnd);
        ground.forEach(ManagedProcess::expectEnd);
    }

    private void stop(List<ManagedProcess> processes, Duration grace) {
        List<ManagedProcess> all;
        synchronized (this) {
            all = List.copyOf(processes);
        }
        all.forEach(ManagedProcess::requestStop);
        all.forEach(process -> process.awaitStop(grace));
    }

    /** Processes of an `up` that was killed end by themselves; one that hangs is ended here. */
    private static void endLeftovers(DataFolder folder, Consumer<String> say) throws IOException {
        var left = new LinkedHashMap<Path, ProcessHandle>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder.run(), "*.pid")) {
            for (var file : files) {
                ProcessMark.read(file).flatMap(ProcessMark::find).ifPresent(process -> left.put(file, process));
            }
        }
        for (Map.Entry<Path, ProcessHandle> entry : left.entrySet()) {
            say.accept("ending a process left over from an earlier start: "
                    + entry.getKey().getFileName() + " (" + entry.getValue().pid() + ")");
            entry.getValue().destroy();
        }
        for (var process : left.values()) {
            try {
                process.onExit()
                        .orTimeout(GROUND_GRACE.toSeconds(), TimeUnit.SECONDS)
                        .join();
            } catch (CompletionException e) {
                process.destroyForcibly();
                process.onExit().join();
            }
        }
    }

    private static URI local(int port) {
        return URI.create("http://127.0.0.1:" + port);
    }
}
