// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.jobs;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;
import org.survol.catalog.Problem;
import org.survol.catalog.store.CatalogStoreException;
import org.survol.catalog.store.Job;
import org.survol.catalog.store.JobStore;
import org.survol.core.BadInputException;
import org.survol.core.Json;

/**
 * Takes jobs one after another and does them. While one is done its heart beats in the database; when that stops, because
 * the process died, any service that runs takes the job up again.
 */
@ApplicationScoped
class JobRunner {

    private static final Logger LOG = Logger.getLogger(JobRunner.class);
    private static final Duration LOOK_EVERY = Duration.ofSeconds(2);
    private static final Duration BEAT_EVERY = Duration.ofSeconds(1);
    private static final Duration TIDY_EVERY = Duration.ofHours(1);
    private static final int TIDIED_AT_ONCE = 100;

    private final JobStore jobs;
    private final Processes processes;
    private final int workers;
    private final Duration silence;
    private final Duration kept;
    private final String owner = UUID.randomUUID().toString();
    private final Semaphore work = new Semaphore(0);
    private final ConcurrentHashMap<String, InHand> inHand = new ConcurrentHashMap<>();
    private final ScheduledExecutorService heart = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("survol-jobs-heart").factory());
    private volatile boolean stopping;

    JobRunner(
            JobStore jobs,
            Processes processes,
            @ConfigProperty(name = "survol.catalog.job-workers") int workers,
            @ConfigProperty(name = "survol.catalog.job-silence") Duration silence,
            @ConfigProperty(name = "survol.catalog.jobs-kept") Duration kept) {
        this.jobs = jobs;
        this.processes = processes;
        this.workers = workers;
        this.silence = silence;
        this.kept = kept;
    }

    /** A job that this process does. */
    private final class InHand implements JobProcess.Progress {
        private final String id;
        private volatile long done;
        private volatile long total;
        private volatile boolean lost;

        private InHand(String id) {
            this.id = id;
        }

        @Override
        public void at(long reached, long of) {
            done = reached;
            total = of;
            if (lost || stopping) {
                throw new JobProcess.Stopped();
            }
        }

        private void beat() {
            try {
                lost |= !jobs.beat(id, owner, done, total, Instant.now());
            } catch (RuntimeException e) {
                // the heart must go on: it speaks for other jobs too
                LOG.warnf("job %s: %s", id, e.getMessage());
            }
        }
    }

    void start(@Observes StartupEvent event) {
        for (int i = 1; i <= workers; i++) {
            Thread.ofPlatform().daemon().name("survol-jobs-" + i).start(this::work);
        }
        heart.scheduleWithFixedDelay(
                () -> inHand.values().forEach(InHand::beat),
                BEAT_EVERY.toMillis(),
                BEAT_EVERY.toMillis(),
                TimeUnit.MILLISECONDS);
        heart.scheduleWithFixedDelay(this::tidy, 0, TIDY_EVERY.toMillis(), TimeUnit.MILLISECONDS);
    }

    void stop(@Observes ShutdownEvent event) {
        stopping = true;
        work.release(workers);
        heart.shutdownNow();
        // whoever runs next begins them at once, without waiting for the silence
        inHand.keySet().forEach(id -> quietly(() -> jobs.release(id, owner, false)));
    }

    /** Something waits. */
    void wake() {
        work.release();
    }

    private void work() {
        while (!stopping) {
            try {
                var job = jobs.take(owner, Instant.now(), silence);
                if (job.isPresent()) {
                    run(job.get());
                } else {
                    pause();
                }
            } catch (CatalogStoreException e) {
                LOG.warnf("jobs wait: %s", e.getMessage());
                pause();
            }
        }
    }

    private void pause() {
        try {
            if (work.tryAcquire(LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS)) {
                work.drainPermits();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            stopping = true;
        }
    }

    private void run(Job job) {
        var mine = new InHand(job.id());
        inHand.put(job.id(), mine);
        try {
            var process = processes.named(job.process());
            var result = Json.text(process.run(job, mine));
            if (!jobs.succeed(job.id(), owner, result, mine.total, Instant.now())) {
                discardUnlessWanted(process, job);
            }
        } catch (JobProcess.Stopped e) {
            LOG.infof("job %s stopped", job.id());
        } catch (Problem | BadInputException e) {
            jobs.fail(job.id(), owner, e.getMessage(), Instant.now());
        } catch (IOException e) {
            LOG.warnf("job %s: %s", job.id(), e.getMessage());
            if (job.attempts() + 1 >= JobStore.MOST_ATTEMPTS) {
                jobs.fail(
                        job.id(), owner, "the store or the disk did not do its part: " + e.getMessage(), Instant.now());
            } else {
                jobs.release(job.id(), owner, true);
                pause();
            }
        } catch (CatalogStoreException e) {
            // falls silent, and is taken up again when the database is back
            LOG.warnf("job %s: %s", job.id(), e.getMessage());
        } catch (RuntimeException | Error e) {
            LOG.errorf(e, "job %s", job.id());
            jobs.fail(job.id(), owner, "this should not have happened; the service's log says more", Instant.now());
        } finally {
            inHand.remove(job.id());
        }
    }

    /** A job that was dismissed while its last step was under way leaves nothing behind. */
    private void discardUnlessWanted(JobProcess process, Job job) throws IOException {
        if (jobs.find(job.id()).map(now -> now.status() == Job.Status.DISMISSED).orElse(true)) {
            process.discard(job);
        }
    }

    private void tidy() {
        quietly(() -> {
            for (var job : jobs.endedBefore(Instant.now().minus(kept), TIDIED_AT_ONCE)) {
                try {
                    var process = processes.find(job.process());
                    if (process.isPresent()) {
                        process.get().discard(job);
                    }
                    jobs.forget(job.id());
                } catch (IOException e) {
                    LOG.warnf("job %s is kept: %s", job.id(), e.getMessage());
                }
            }
        });
    }

    private static void quietly(Runnable work) {
        try {
            work.run();
        } catch (RuntimeException e) {
            LOG.warn(e.getMessage());
        }
    }
}
