// SPDX-License-Identifier: Apache-2.0
package org.survol.messaging;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Liveness;
import org.eclipse.microprofile.health.Readiness;
import org.survol.core.store.ObjectStore;

/**
 * Ready: broker and store answer, queues take work. Alive: the queues' threads run; a broker or store that is away does
 * not count, as a restart would not bring it back, and neither does a long job.
 */
@ApplicationScoped
class HealthChecks {

    private static final Duration ANSWER = Duration.ofSeconds(3);

    private final Foundations foundations;
    private final ObjectStore store;
    private final WorkQueues queues;
    private final WorkSettings settings;

    HealthChecks(Foundations foundations, ObjectStore store, WorkQueues queues, WorkSettings settings) {
        this.foundations = foundations;
        this.store = store;
        this.queues = queues;
        this.settings = settings;
    }

    @Produces
    @Readiness
    @ApplicationScoped
    HealthCheck broker() {
        return () -> {
            var check = HealthCheckResponse.named("broker");
            var waiting = foundations.waitingForTopics();
            if (waiting.isPresent()) {
                return check.down().withData("reason", waiting.get()).build();
            }
            try {
                int nodes = foundations
                        .admin()
                        .describeCluster()
                        .nodes()
                        .get(ANSWER.toMillis(), TimeUnit.MILLISECONDS)
                        .size();
                return check.up().withData("nodes", nodes).build();
            } catch (ExecutionException | TimeoutException | IllegalStateException e) {
                return check.down()
                        .withData("reason", "no answer within " + ANSWER.toSeconds() + " s")
                        .build();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return check.down().withData("reason", "interrupted").build();
            }
        };
    }

    @Produces
    @Readiness
    @ApplicationScoped
    HealthCheck store() {
        return () -> {
            var check = HealthCheckResponse.named("object store");
            var waiting = foundations.waitingForStore();
            if (waiting.isPresent()) {
                return check.down().withData("reason", waiting.get()).build();
            }
            try {
                store.stat("probe/health");
                return check.up().build();
            } catch (IOException e) {
                return check.down().withData("reason", e.getMessage()).build();
            }
        };
    }

    @Produces
    @Readiness
    @ApplicationScoped
    HealthCheck queuesTakeWork() {
        return () -> {
            var check = HealthCheckResponse.named("work queues take work").up();
            for (var queue : queues.running()) {
                var reason = queue.misconfigured();
                if (reason.isPresent()) {
                    check.down().withData(queue.settings().group(), reason.get());
                }
            }
            return check.build();
        };
    }

    @Produces
    @Liveness
    @ApplicationScoped
    HealthCheck queuesRun() {
        return () -> {
            var check = HealthCheckResponse.named("work queues run").up();
            var oldest = Instant.now().minus(settings.stalledAfter());
            for (var queue : queues.running()) {
                var sign = queue.lastSignOfLife();
                if (sign.isBefore(oldest)) {
                    check.down().withData(queue.settings().group(), "no sign of life since " + sign);
                }
            }
            return check.build();
        };
    }
}
