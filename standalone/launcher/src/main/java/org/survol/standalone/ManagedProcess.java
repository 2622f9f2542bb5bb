// SPDX-License-Identifier: Apache-2.0
package org.survol.standalone;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * One process of an instance: started, watched, started again when it dies, stopped. Its standard input is a pipe that
 * only the launcher holds, see {@link ParentWatch}. Thread-safe.
 */
final class ManagedProcess {

    /** A process that dies this often in a row, each time before {@link #STABLE}, is given up. */
    private static final int MOST_RESTARTS = 6;

    /** Exit codes above this one stand for a signal: it was killed, or the JVM itself broke. */
    private static final int SIGNALS = 128;

    private static final Duration STABLE = Duration.ofSeconds(60);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
    private static final Duration READY_POLL = Duration.ofMillis(200);
    private static final Duration PROBE_TIMEOUT = Duration.ofSeconds(3);
    private static final int TAIL_BYTES = 16_384;
    private static final int TAIL_LINES = 25;

    private final ProcessSpec spec;
    private final DataFolder folder;
    private final Path agent;
    private final Consumer<String> say;
    private final Runnable gaveUp;
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(PROBE_TIMEOUT).build();

    private Process process;
    private long startedNanos;
    private int earlyDeaths;
    private boolean ready;
    private boolean stopping;
    private boolean givenUp;

    /**
     * @param agent jar with {@link ParentWatch}
     * @param say tells the person at the terminal
     * @param gaveUp called once when the process is not started again any more
     */
    ManagedProcess(ProcessSpec spec, DataFolder folder, Path agent, Consumer<String> say, Runnable gaveUp) {
        this.spec = spec;
        this.folder = folder;
        this.agent = agent;
        this.say = say;
        this.gaveUp = gaveUp;
    }

    ProcessSpec spec() {
        return spec;
    }

    synchronized long pid() {
        return process.pid();
    }

    synchronized void start() throws IOException {
        if (stopping) {
            return;
        }
        var command = new ArrayList<String>();
        // Ctrl-C and a closed terminal reach the whole process group; the launcher alone decides who stops when.
        // What a shell ignores stays ignored after exec, in the JVM too.
        command.addAll(List.of("/bin/sh", "-c", "trap '' INT HUP; exec \"$@\"", spec.name()));
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-javaagent:" + agent);
        command.addAll(spec.jvmArguments());
        var builder = new ProcessBuilder(command)
                .directory(spec.workingFolder().toFile())
                .redirectErrorStream(true)
                .redirectOutput(
                        ProcessBuilder.Redirect.appendTo(folder.log(spec.name()).toFile()));
        builder.environment().putAll(spec.environment());
        process = builder.start();
        startedNanos = System.nanoTime();
        ProcessMark.of(process.toHandle()).write(folder, folder.pidFile(spec.name()));
        var started = process;
        process.onExit().thenAccept(ended -> restart(started, ended.exitValue()));
    }

    /** Whether it answers now. */
    boolean isReady() {
        return switch (spec.readiness()) {
            case PORT -> acceptsConnections();
            case HEALTH -> answersHealthy();
        };
    }

    /**
     * Waits until it answers for the first time. One that is killed on the way is started again, as it would be later; one
     * that ends by itself has a reason that starting it again would not change.
     *
     * @throws CommandFailed with the end of its log, when the process ended or took too long
     */
    void awaitReady(Duration timeout) throws InterruptedException {
        long deadline = System.nanoTime() + timeout.toNanos();
        while (!isReady()) {
            Process current;
            boolean lost;
            synchronized (this) {
                current = process;
                lost = !current.isAlive() && (givenUp || stopping || !wasKilled(current.exitValue()));
            }
            if (lost) {
                throw new CommandFailed(
                        spec.name() + " ended at its start (exit code " + current.exitValue() + "). " + logTail());
            }
            if (System.nanoTime() > deadline) {
                throw new CommandFailed(
                        spec.name() + " was not ready within " + timeout.toSeconds() + " s. " + logTail());
            }
            Thread.sleep(READY_POLL);
        }
        synchronized (this) {
            ready = true;
        }
    }

    /** From now on its end is no accident: it is not started again. */
    synchronized void expectEnd() {
        stopping = true;
        notifyAll();
    }

    /** Asks it to stop; {@link #awaitStop} waits for it. */
    synchronized void requestStop() {
        expectEnd();
        if (process != null) {
            process.destroy();
        }
    }

    /** Waits for the end, and enforces it after the grace. */
    void awaitStop(Duration grace) {
        Process current;
        synchronized (this) {
            current = process;
        }
        if (current == null) {
            return;
        }
        try {
            if (!current.waitFor(grace.toMillis(), TimeUnit.MILLISECONDS)) {
                say.accept(spec.name() + " did not stop within " + grace.toSeconds() + " s and is ended");
                current.destroyForcibly().waitFor();
            }
            Files.deleteIfExists(folder.pidFile(spec.name()));
        } catch (InterruptedException e) {
            current.destroyForcibly();
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            // a stale pid file does no harm: the start time in it will not match
        }
    }

    private void restart(Process ended, int exitCode) {
        try {
            synchronized (this) {
                // one that ended by itself before it was ever ready: awaitReady tells what went wrong
                boolean hopeless = !ready && !wasKilled(exitCode);
                if (stopping || hopeless || process != ended) {
                    return;
                }
                boolean wasStable = System.nanoTime() - startedNanos > STABLE.toNanos();
                earlyDeaths = wasStable ? 1 : earlyDeaths + 1;
                if (earlyDeaths > MOST_RESTARTS) {
                    givenUp = true;
                    say.accept(spec.name() + " died " + earlyDeaths + " times in a row and is given up. " + logTail());
                } else {
                    var pause = FIRST_PAUSE.multipliedBy(1L << (earlyDeaths - 1));
                    say.accept(spec.name() + " died (exit code " + exitCode + "); starting it again in "
                            + pause.toMillis() / 1000.0 + " s");
                    pauseUnlessStopping(pause);
                    start();
                    return;
                }
            }
            gaveUp.run();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            say.accept(spec.name() + " cannot be started again: " + e.getMessage());
            gaveUp.run();
        }
    }

    private static boolean wasKilled(int exitCode) {
        return exitCode > SIGNALS;
    }

    private void pauseUnlessStopping(Duration pause) throws InterruptedException {
        long deadline = System.nanoTime() + pause.toNanos();
        synchronized (this) {
            for (long left = pause.toMillis();
                    left > 0 && !stopping;
                    left = (deadline - System.nanoTime()) / 1_000_000) {
                wait(left);
            }
        }
    }

    private boolean acceptsConnections() {
        try (var socket = new Socket()) {
            socket.connect(new InetSocketAddress(Ports.loopback(), spec.port()), (int) PROBE_TIMEOUT.toMillis());
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private boolean answersHealthy() {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + spec.port() + "/q/health/ready"))
                .timeout(PROBE_TIMEOUT)
                .build();
        try {
            return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private String logTail() {
        var log = folder.log(spec.name());
        try (var file = new RandomAccessFile(log.toFile(), "r")) {
            long from = Math.max(0, file.length() - TAIL_BYTES);
            file.seek(from);
            var bytes = new byte[(int) (file.length() - from)];
            file.readFully(bytes);
            var lines = new String(bytes, StandardCharsets.UTF_8).lines().toList();
            var last = lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size());
            return "The end of " + log + ":\n  " + String.join("\n  ", last);
        } catch (IOException e) {
            return "Its log is " + log + ".";
        }
    }
}
