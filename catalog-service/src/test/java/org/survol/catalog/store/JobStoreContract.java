// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.survol.catalog.store.Job.Status;
import org.survol.catalog.store.JobStore.Order;

/** What every database must do with jobs. */
abstract class JobStoreContract {

    private static final Instant NOON = Instant.parse("2025-01-01T12:00:00Z");
    private static final Duration SILENCE = Duration.ofMinutes(1);

    private JobStore jobs;

    abstract DataSource database();

    @BeforeEach
    void empty() throws Exception {
        jobs = new JobStore(database());
        try (var connection = database().getConnection();
                var statement = connection.createStatement()) {
            statement.execute("delete from job");
        }
    }

    private Order order(String id, Instant at) {
        return jobs.order(id, "export", "{\"map\":\"é\"}", at, 100);
    }

    @Test
    void theSameOrderIsOneJob() {
        assertThat(order("a", NOON)).isInstanceOf(Order.Accepted.class);
        assertThat(order("a", NOON.plusSeconds(5))).isInstanceOf(Order.Known.class);

        assertThat(jobs.list(Optional.empty(), Optional.empty(), 10, 0))
                .singleElement()
                .satisfies(job -> {
                    assertThat(job.status()).isEqualTo(Status.ACCEPTED);
                    assertThat(job.created()).isEqualTo(NOON);
                    assertThat(job.inputs()).isEqualTo("{\"map\":\"é\"}");
                });
    }

    @Test
    void whatFailedOrWasDismissedCanBeOrderedAnew() {
        order("a", NOON);
        jobs.take("one", NOON, SILENCE);
        assertThat(jobs.fail("a", "one", "no such map\0", NOON)).isTrue();
        assertThat(jobs.find("a").orElseThrow().message()).contains("no such map");

        assertThat(order("a", NOON.plusSeconds(9))).isInstanceOf(Order.Accepted.class);
        assertThat(jobs.find("a").orElseThrow().attempts()).isZero();
        jobs.dismiss("a", NOON);
        assertThat(order("a", NOON.plusSeconds(10))).isInstanceOf(Order.Accepted.class);
    }

    @Test
    void tooManyWaitingOrdersAreRefused() {
        order("a", NOON);
        order("b", NOON);

        assertThat(jobs.order("c", "export", "{}", NOON, 2)).isEqualTo(new Order.Refused(2));
        jobs.take("one", NOON, SILENCE);
        assertThat(jobs.order("c", "export", "{}", NOON, 2)).isInstanceOf(Order.Accepted.class);
    }

    @Test
    void everyJobIsTakenOnceWhoeverReachesForIt() throws Exception {
        for (int i = 0; i < 12; i++) {
            order("job-" + i, NOON.plusMillis(i));
        }
        var takers = new ArrayList<Callable<List<String>>>();
        for (int i = 0; i < 4; i++) {
            var owner = "owner-" + i;
            takers.add(() -> {
                var taken = new ArrayList<String>();
                // one that lost every race looks again
                for (int look = 0; look < 40; look++) {
                    jobs.take(owner, NOON, SILENCE).ifPresent(job -> taken.add(job.id()));
                }
                return taken;
            });
        }
        var all = new ArrayList<String>();
        try (var pool = Executors.newFixedThreadPool(4)) {
            for (var taken : pool.invokeAll(takers)) {
                all.addAll(taken.get());
            }
        }
        assertThat(all).hasSize(12).doesNotHaveDuplicates();
    }

    @Test
    void aJobWhoseOwnerFellSilentIsTakenUpAgainAndItsFirstOwnerLearnsOfIt() {
        order("a", NOON);
        assertThat(jobs.take("dead", NOON, SILENCE)).isPresent();
        assertThat(jobs.beat("a", "dead", 3, 10, NOON.plusSeconds(30))).isTrue();
        assertThat(jobs.take("other", NOON.plusSeconds(80), SILENCE)).isEmpty();

        var taken = jobs.take("other", NOON.plusSeconds(91), SILENCE).orElseThrow();

        assertThat(taken.attempts()).isEqualTo(1);
        assertThat(jobs.find("a").orElseThrow().started()).contains(NOON);
        assertThat(jobs.beat("a", "dead", 4, 10, NOON.plusSeconds(92))).isFalse();
        assertThat(jobs.succeed("a", "dead", "{}", 10, NOON.plusSeconds(93))).isFalse();
        assertThat(jobs.succeed("a", "other", "{\"key\":1}", 10, NOON.plusSeconds(94)))
                .isTrue();
        assertThat(jobs.find("a").orElseThrow()).satisfies(job -> {
            assertThat(job.result()).contains("{\"key\":1}");
            assertThat(job.done()).isEqualTo(10);
            assertThat(job.total()).isEqualTo(10);
        });
        assertThat(order("a", NOON.plusSeconds(95))).isInstanceOf(Order.Known.class);
    }

    @Test
    void aJobThatKillsWhoeverDoesItFailsWithTheReason() {
        order("a", NOON);
        var at = NOON;
        for (int i = 0; i < JobStore.MOST_ATTEMPTS; i++) {
            assertThat(jobs.take("owner-" + i, at, SILENCE)).isPresent();
            at = at.plusSeconds(61);
        }
        assertThat(jobs.take("last", at, SILENCE)).isEmpty();
        var job = jobs.find("a").orElseThrow();
        assertThat(job.status()).isEqualTo(Status.FAILED);
        assertThat(job.message().orElseThrow()).contains("3 times");
        assertThat(job.finished()).contains(at);
    }

    @Test
    void aJobGivenBackWaitsAgainAndTheAttemptCountsOrNot() {
        order("a", NOON);
        jobs.take("one", NOON, SILENCE);
        jobs.release("a", "one", false);
        assertThat(jobs.find("a").orElseThrow().attempts()).isZero();
        jobs.take("two", NOON, SILENCE);
        jobs.release("a", "one", true);
        assertThat(jobs.find("a").orElseThrow().status()).as("not its own").isEqualTo(Status.RUNNING);
        jobs.release("a", "two", true);
        assertThat(jobs.take("three", NOON, SILENCE).orElseThrow().attempts()).isEqualTo(1);
    }

    @Test
    void aDismissedJobStopsAndItsResultIsForgotten() {
        order("a", NOON);
        jobs.take("one", NOON, SILENCE);

        assertThat(jobs.dismiss("a", NOON.plusSeconds(2)).orElseThrow().status())
                .isEqualTo(Status.RUNNING);

        assertThat(jobs.beat("a", "one", 1, 2, NOON.plusSeconds(3))).isFalse();
        assertThat(jobs.succeed("a", "one", "{}", 2, NOON.plusSeconds(3))).isFalse();
        assertThat(jobs.find("a").orElseThrow().status()).isEqualTo(Status.DISMISSED);
        assertThat(jobs.find("a").orElseThrow().result()).isEmpty();
        assertThat(jobs.dismiss("nothing", NOON)).isEmpty();
        assertThat(jobs.find("no\0thing")).isEmpty();
    }

    @Test
    void jobsAreListedNewestFirstAndForgottenWhenTheyAreOld() {
        for (int i = 0; i < 5; i++) {
            jobs.order("job-" + i, i % 2 == 0 ? "export" : "rerun", "{}", NOON.plusSeconds(i), 100);
        }
        jobs.take("one", NOON, SILENCE);
        jobs.succeed("job-0", "one", "{}", 0, NOON.plusSeconds(9));

        assertThat(jobs.list(Optional.empty(), Optional.empty(), 2, 1))
                .extracting(Job::id)
                .containsExactly("job-3", "job-2");
        assertThat(jobs.list(Optional.of(Status.SUCCESSFUL), Optional.of("export"), 9, 0))
                .extracting(Job::id)
                .containsExactly("job-0");
        assertThat(jobs.endedBefore(NOON.plusSeconds(9), 10)).isEmpty();
        assertThat(jobs.endedBefore(NOON.plusSeconds(10), 10))
                .extracting(Job::id)
                .containsExactly("job-0");
        jobs.forget("job-0");
        jobs.forget("job-1");
        assertThat(jobs.list(Optional.empty(), Optional.empty(), 9, 0))
                .as("only what has ended is forgotten")
                .hasSize(4);
    }
}
