// SPDX-License-Identifier: Apache-2.0
package org.survol.messaging;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.jboss.logging.Logger;
import org.survol.core.BadInputException;
import org.survol.core.Outcome;
import org.survol.core.Outcome.Done;
import org.survol.core.Outcome.Failed;
import org.survol.core.Outcome.FailureKind;
import org.survol.core.Outcome.Skipped;
import org.survol.messaging.DeadLetters.About;
import org.survol.messaging.WorkQueue.Ending;
import org.survol.messaging.WorkQueue.Settings;

/**
 * One delivery from its text to what becomes of the record: decode, handle, publish. Knows nothing of locks; {@link
 * WorkLane} holds them meanwhile.
 */
final class WorkJob {

    private static final Logger LOG = Logger.getLogger(WorkQueue.class);

    private static final String REPLAY = ", then replay the dead letter";

    private final Settings settings;
    private final EventSink sink;
    private final Reader reader;

    WorkJob(Settings settings, EventSink sink, Reader reader) {
        this.settings = settings;
        this.sink = sink;
        this.reader = reader;
    }

    /** A record that was understood: what to call it, what it is about, what is to be done. */
    record Work(String name, About about, Callable<Outcome> task) {}

    /** How a topic's records are understood. */
    @FunctionalInterface
    interface Reader {

        /**
         * @param where names the record when nothing can be read from it
         * @throws BadInputException when it is none that belongs on the topic
         */
        Work read(String where, String text);

        static Reader ofEvents(CloudEvents codec, WorkQueue.Handler handler) {
            return (_, text) -> {
                var event = codec.decode(text);
                return new Work(event.key(), About.event(event), () -> handler.handle(event));
            };
        }

        static Reader ofTexts(WorkQueue.TextHandler handler) {
            return (where, text) -> {
                if (text == null) {
                    throw new BadInputException(where, "it is empty", "Correct the program that wrote it");
                }
                return new Work(where, About.NOTHING_KNOWN, () -> handler.handle(where, text));
            };
        }
    }

    /** What is to be done with the record. */
    sealed interface Verdict {
        /** Everything that follows from it has been published. */
        record Acknowledge(Ending ending) implements Verdict {}

        record GiveBackLater() implements Verdict {}

        record GiveBackAndStop(String reason) implements Verdict {}
    }

    /**
     * @param where names the record when nothing can be read from it
     * @param delivery 1 for the first
     */
    Verdict run(String where, String text, int delivery) throws InterruptedException {
        Work work;
        try {
            work = reader.read(where, text);
        } catch (BadInputException e) {
            var failure = new Failed(FailureKind.BAD_INPUT, where, e.reason(), e.mend(), e);
            return giveUp(About.NOTHING_KNOWN, failure, text);
        }
        if (delivery > settings.maxDeliveries()) {
            var failure = new Failed(
                    FailureKind.TRANSIENT,
                    work.name(),
                    "was begun " + settings.maxDeliveries() + " times and never brought to an end",
                    "Look in the service's log for what stopped it (often memory)" + REPLAY,
                    null);
            return giveUp(work.about(), failure, text);
        }
        return switch (outcome(work)) {
            case Done done -> tell(done, work, text, delivery);
            case Skipped skipped -> {
                LOG.debugf("%s: %s skipped: %s", settings.stage(), work.name(), skipped.reason());
                yield new Verdict.Acknowledge(Ending.SKIPPED);
            }
            case Failed failed -> conclude(failed, work, text, delivery);
        };
    }

    private Verdict tell(Done done, Work work, String text, int delivery) throws InterruptedException {
        try {
            sink.publish(done.events());
            return new Verdict.Acknowledge(Ending.DONE);
        } catch (RuntimeException e) {
            var failure = new Failed(
                    FailureKind.TRANSIENT,
                    work.name(),
                    "its result could not be announced: " + e.getMessage(),
                    "Check that the broker runs and takes the event" + REPLAY,
                    e);
            return conclude(failure, work, text, delivery);
        }
    }

    private Verdict conclude(Failed failed, Work work, String text, int delivery) throws InterruptedException {
        return switch (failed.kind()) {
            case BAD_INPUT -> giveUp(work.about(), failed, text);
            case CONFIG -> {
                LOG.errorf(failed.cause(), "%s: takes no more work: %s", settings.stage(), failed.reason());
                yield new Verdict.GiveBackAndStop(failed.reason() + ". " + failed.mend());
            }
            case TRANSIENT -> {
                LOG.warnf(
                        "%s: %s failed at delivery %d of %d: %s",
                        settings.stage(), work.name(), delivery, settings.maxDeliveries(), failed.reason());
                yield delivery < settings.maxDeliveries()
                        ? new Verdict.GiveBackLater()
                        : giveUp(work.about(), afterLastDelivery(failed), text);
            }
        };
    }

    private Failed afterLastDelivery(Failed failed) {
        return new Failed(
                failed.kind(),
                failed.file(),
                "failed " + settings.maxDeliveries() + " times, last: " + failed.reason(),
                failed.mend(),
                failed.cause());
    }

    /** A failure that nobody is told of is lost work: goes on until the broker has the dead letter. */
    private Verdict giveUp(About about, Failed failure, String text) throws InterruptedException {
        var letter = DeadLetters.of(settings.stage(), about, failure, Optional.ofNullable(text));
        for (int attempt = 1; ; attempt++) {
            try {
                sink.publish(List.of(letter));
                LOG.warnf("%s: dead letter: %s: %s", settings.stage(), failure.file(), failure.reason());
                return new Verdict.Acknowledge(Ending.DEAD_LETTER);
            } catch (RuntimeException e) {
                LOG.warnf("%s: the dead letter of %s waits: %s", settings.stage(), failure.file(), e.getMessage());
                Thread.sleep(settings.backOffAfter(attempt));
            }
        }
    }

    private Outcome outcome(Work work) throws InterruptedException {
        try {
            return work.task().call();
        } catch (InterruptedException e) {
            throw e;
        } catch (OutOfMemoryError e) {
            LOG.errorf(e, "%s: %s ran out of memory", settings.stage(), work.name());
            return new Failed(
                    FailureKind.TRANSIENT,
                    work.name(),
                    "ran out of memory (" + e.getMessage() + ")",
                    "Give the service more memory, or plan with smaller tiles" + REPLAY,
                    e);
        } catch (Throwable thrown) {
            return failed(work, unwrapped(thrown));
        }
    }

    private Failed failed(Work work, Throwable thrown) {
        return switch (thrown) {
            case BadInputException e -> Failed.badInput(e);
            case IOException e ->
                new Failed(
                        FailureKind.TRANSIENT,
                        work.name(),
                        message(e),
                        "Check the object store and the broker" + REPLAY,
                        e);
            default -> {
                LOG.errorf(thrown, "%s: %s failed unexpectedly", settings.stage(), work.name());
                yield new Failed(
                        FailureKind.TRANSIENT,
                        work.name(),
                        "unexpected " + thrown.getClass().getSimpleName() + ": " + message(thrown),
                        "Report it with the service's log; replay the dead letter after an update",
                        thrown);
            }
        };
    }

    private static Throwable unwrapped(Throwable thrown) {
        boolean wrapper = thrown instanceof ExecutionException
                || thrown instanceof CompletionException
                || thrown instanceof UncheckedIOException;
        return wrapper && thrown.getCause() != null ? unwrapped(thrown.getCause()) : thrown;
    }

    private static String message(Throwable thrown) {
        return Optional.ofNullable(thrown.getMessage()).orElse(thrown.getClass().getSimpleName());
    }
}
