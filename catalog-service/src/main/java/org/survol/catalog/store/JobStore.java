// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.store;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;
import org.survol.catalog.store.Job.Status;

/**
 * Jobs, in SQL that H2 and PostgreSQL both take. Every change of a job names the state it expects, so that of several
 * services that reach for one job one has it. Safe to call from several threads and processes.
 */
public final class JobStore {

    /** A job that killed those who did it so often is not tried again. */
    public static final int MOST_ATTEMPTS = 3;

    private static final String COLUMNS = "id, process, inputs, status, message, done, total, attempts, beat_millis,"
            + " created_millis, started_millis, finished_millis, result";
    private static final int LONGEST_MESSAGE = 2_000;

    private final Database database;

    public JobStore(DataSource database) {
        this.database = new Database(database);
    }

    /** What became of an order. */
    public sealed interface Order {
        /** It waits now. */
        record Accepted(Job job) implements Order {}

        /** The same was ordered before, and waits, is being done, or is done. */
        record Known(Job job) implements Order {}

        /** Too many wait. */
        record Refused(long waiting) implements Order {}
    }

    /**
     * Takes an order, unless it is there already. One that failed or was dismissed is taken anew.
     *
     * @param mostWaiting orders that may wait beside it
     */
    public Order order(String id, String process, String inputs, Instant now, int mostWaiting) {
        var known = find(id);
        boolean again = known.map(job -> job.status() == Status.FAILED || job.status() == Status.DISMISSED)
                .orElse(false);
        if (known.isPresent() && !again) {
            return new Order.Known(known.get());
        }
        long waiting = database.query(
                        "select count(*) as n from job where status = 'accepted'", List.of(), row -> row.getLong("n"))
                .getFirst();
        if (waiting >= mostWaiting) {
            return new Order.Refused(waiting);
        }
        try {
            database.inTransaction("order " + id, connection -> {
                if (again) {
                    Database.update(
                            connection, "delete from job where id = ? and status in ('failed', 'dismissed')", id);
                }
                return Database.update(
                        connection,
                        "insert into job (id, process, inputs, status, created_millis, beat_millis)"
                                + " values (?, ?, ?, 'accepted', ?, ?)",
                        id,
                        process,
                        inputs,
                        now.toEpochMilli(),
                        now.toEpochMilli());
            });
        } catch (CatalogStoreException e) {
            // somebody else ordered it in this moment
            return find(id).<Order>map(Order.Known::new).orElseThrow(() -> e);
        }
        return new Order.Accepted(find(id).orElseThrow());
    }

    public Optional<Job> find(String id) {
        return database.query("select " + COLUMNS + " from job where id = ?", List.of(id), JobStore::job).stream()
                .findFirst();
    }

    /** Newest first.
     *  @param skip how many of them come before */
    public List<Job> list(Optional<Status> status, Optional<String> process, int limit, long skip) {
        var where = new ArrayList<String>();
        var values = new ArrayList<Object>();
        status.ifPresent(wanted -> {
            where.add("status = ?");
            values.add(wanted.word());
        });
        process.ifPresent(wanted -> {
            where.add("process = ?");
            values.add(wanted);
        });
        values.add(limit);
        values.add(skip);
        return database.query(
                "select " + COLUMNS + " from job" + (where.isEmpty() ? "" : " where " + String.join(" and ", where))
                        + " order by created_millis desc, id limit ? offset ?",
                values,
                JobStore::job);
    }

    /**
     * The job that waits longest, or one whose owner has fallen silent; it is the owner's now. One that fell silent for the
     * last time is marked failed.
     *
     * @param silence after which an owner is taken for dead
     */
    public Optional<Job> take(String owner, Instant now, Duration silence) {
        long silent = now.minus(silence).toEpochMilli();
        return database.inTransaction("take a job", connection -> {
            for (var waiting : candidates(connection, silent)) {
                if (waiting.job().attempts() >= MOST_ATTEMPTS) {
                    Database.update(
                            connection,
                            "update job set status = 'failed', message = ?, finished_millis = ?"
                                    + " where id = ? and status = 'running' and beat_millis = ?",
                            "the service ended " + MOST_ATTEMPTS + " times while it did this; order less at once, or"
                                    + " give the service more memory and temporary space",
                            now.toEpochMilli(),
                            waiting.job().id(),
                            waiting.beat());
                    continue;
                }
                int taken = Database.update(
                        connection,
                        "update job set status = 'running', owner = ?, beat_millis = ?, attempts = attempts + 1, done = 0,"
                                + " started_millis = coalesce(started_millis, ?)"
                                + " where id = ? and status = ? and beat_millis = ? and attempts = ?",
                        owner,
                        now.toEpochMilli(),
                        now.toEpochMilli(),
                        waiting.job().id(),
                        waiting.job().status().word(),
                        waiting.beat(),
                        waiting.job().attempts());
                if (taken == 1) {
                    return Optional.of(waiting.job());
                }
            }
            return Optional.empty();
        });
    }

    private record Candidate(Job job, long beat) {}

    private static List<Candidate> candidates(Connection connection, long silent) throws SQLException {
        try (var statement = connection.prepareStatement("select " + COLUMNS + " from job where status = 'accepted'"
                + " or (status = 'running' and beat_millis < ?) order by created_millis, id limit 20")) {
            statement.setLong(1, silent);
            var found = new ArrayList<Candidate>();
            try (var rows = statement.executeQuery()) {
                while (rows.next()) {
                    found.add(new Candidate(job(rows), rows.getLong("beat_millis")));
                }
            }
            return found;
        }
    }

    /** Says that the owner lives, and how far it is.
     *  @return false when the job is no longer the owner's: it was dismissed, or taken for abandoned */
    public boolean beat(String id, String owner, long done, long total, Instant now) {
        return database.inTransaction(
                        "tell how far " + id + " is",
                        connection -> Database.update(
                                connection,
                                "update job set done = ?, total = ?, beat_millis = ?"
                                        + " where id = ? and owner = ? and status = 'running'",
                                done,
                                total,
                                now.toEpochMilli(),
                                id,
                                owner))
                == 1;
    }

    /**
     * @param total units of work that were done
     * @return false when the job is no longer the owner's
     */
    public boolean succeed(String id, String owner, String result, long total, Instant now) {
        return database.inTransaction(
                        "end " + id,
                        connection -> Database.update(
                                connection,
                                "update job set status = 'successful', done = ?, total = ?, result = ?, message = null,"
                                        + " finished_millis = ?, beat_millis = ?"
                                        + " where id = ? and owner = ? and status = 'running'",
                                total,
                                total,
                                result,
                                now.toEpochMilli(),
                                now.toEpochMilli(),
                                id,
                                owner))
                == 1;
    }

    public boolean fail(String id, String owner, String why, Instant now) {
        return database.inTransaction(
                        "end " + id,
                        connection -> Database.update(
                                connection,
                                "update job set status = 'failed', message = ?, finished_millis = ?, beat_millis = ?"
                                        + " where id = ? and owner = ? and status = 'running'",
                                shortened(why),
                                now.toEpochMilli(),
                                now.toEpochMilli(),
                                id,
                                owner))
                == 1;
    }

    /**
     * Gives the job back, for an owner that ends in good order or that something stopped which may pass.
     *
     * @param attempted whether it counts as an attempt
     */
    public void release(String id, String owner, boolean attempted) {
        database.inTransaction(
                "release " + id,
                connection -> Database.update(
                        connection,
                        "update job set status = 'accepted', owner = null, attempts = attempts - ?"
                                + " where id = ? and owner = ? and status = 'running'",
                        attempted ? 0 : 1,
                        id,
                        owner));
    }

    /** Waiting and running jobs end, of ended ones the result is forgotten.
     *  @return the job as it was before; empty when there is none */
    public Optional<Job> dismiss(String id, Instant now) {
        var before = find(id);
        before.ifPresent(job -> database.inTransaction(
                "dismiss " + id,
                connection -> Database.update(
                        connection,
                        "update job set status = 'dismissed', message = 'dismissed by a client', result = null,"
                                + " finished_millis = coalesce(finished_millis, ?), beat_millis = ? where id = ?",
                        now.toEpochMilli(),
                        now.toEpochMilli(),
                        id)));
        return before;
    }

    /** Jobs that ended before then. */
    public List<Job> endedBefore(Instant then, int limit) {
        return database.query(
                "select " + COLUMNS + " from job where finished_millis < ? order by finished_millis limit ?",
                List.of(then.toEpochMilli(), limit),
                JobStore::job);
    }

    /** Leaves no trace of an ended job. */
    public void forget(String id) {
        database.inTransaction(
                "forget " + id,
                connection -> Database.update(
                        connection,
                        "delete from job where id = ? and status in ('successful', 'failed', 'dismissed')",
                        id));
    }

    private static String shortened(String text) {
        var clean = text.replace("\0", "");
        return clean.substring(0, Math.min(clean.length(), LONGEST_MESSAGE));
    }

    private static Job job(ResultSet row) throws SQLException {
        return new Job(
                row.getString("id"),
                row.getString("process"),
                row.getString("inputs"),
                Status.of(row.getString("status")).orElseThrow(),
                Optional.ofNullable(row.getString("message")),
                row.getLong("done"),
                row.getLong("total"),
                row.getInt("attempts"),
                Instant.ofEpochMilli(row.getLong("created_millis")),
                instant(row, "started_millis"),
                instant(row, "finished_millis"),
                Instant.ofEpochMilli(row.getLong("beat_millis")),
                Optional.ofNullable(row.getString("result")));
    }

    private static Optional<Instant> instant(ResultSet row, String column) throws SQLException {
        long millis = row.getLong(column);
        return row.wasNull() ? Optional.empty() : Optional.of(Instant.ofEpochMilli(millis));
    }
}
