// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog;

import jakarta.inject.Singleton;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.survol.catalog.store.CatalogStore;
import org.survol.core.BadInputException;
import org.survol.core.event.PipelineEvent;
import org.survol.core.event.PipelineEvent.AcquisitionRegistered;
import org.survol.core.event.PipelineEvent.DeadLettered;
import org.survol.core.event.RunRef;
import org.survol.core.store.CancelledRuns;
import org.survol.core.store.ObjectStore;
import org.survol.core.store.StoreLayout;
import org.survol.messaging.CloudEvents;
import org.survol.messaging.EventSink;

/**
 * What operators set going anew, and what they stop. What goes anew is an event told once more, or one like it, and every
 * stage takes such events any number of times: asked for twice, the same objects, Items and polygons come of it.
 */
@Singleton
public final class Operations {

    private static final String MODEL_FILE = ".onnx";

    private final CatalogStore store;
    private final Progress progress;
    private final ObjectStore objects;
    private final CancelledRuns cancelled;
    private final EventSink events;
    private final CloudEvents codec;

    Operations(CatalogStore store, Progress progress, ObjectStore objects, EventSink events, CloudEvents codec) {
        this.store = store;
        this.progress = progress;
        this.objects = objects;
        this.cancelled = new CancelledRuns(objects);
        this.events = events;
        this.codec = codec;
    }

    /** Tells the event that was given up once more, to the stage that gave it up.
     *  @throws Problem when there is no such letter, or none that can be replayed */
    public DeadLettered replay(String id) throws IOException {
        var letter = letter(id);
        events.publish(List.of(original(letter)));
        return letter;
    }

    /** @throws Problem when {@link #replay} would throw it */
    public void refuseReplay(String id) throws IOException {
        original(letter(id));
    }

    private DeadLettered letter(String id) {
        return store.deadLetter(id)
                .orElseThrow(() -> Problem.notFound("there is no dead letter \"" + Parameters.shown(id) + "\""))
                .event();
    }

    private PipelineEvent original(DeadLettered letter) throws IOException {
        if (letter.run().isPresent() && cancelled.contains(letter.run().get())) {
            throw Problem.conflict("the run \"" + letter.run().get() + "\" is cancelled; have the flight mapped again");
        }
        var text = letter.original()
                .orElseThrow(() -> Problem.conflict(
                        "this letter is about a file, and no work waits for it; what helps: " + letter.mend()));
        try {
            return codec.decode(text);
        } catch (BadInputException e) {
            throw Problem.conflict(
                    "what was given up is not an event that this version knows; what helps: " + letter.mend());
        }
    }

    /** Maps a flight once more, by the model of that name or else the best that fits. */
    public void run(String acquisition, Optional<String> model) throws IOException {
        var delivered = delivered(acquisition, model);
        events.publish(List.of(new AcquisitionRegistered(
                delivered.acquisition(), delivered.itemKey(), delivered.itemSha256(), model)));
    }

    /** @throws Problem when {@link #run} would throw it */
    public void refuseRun(String acquisition, Optional<String> model) throws IOException {
        delivered(acquisition, model);
    }

    /** Has no more work done for a run. What a stage has begun it finishes; what is made stays, and ordering the same again
     *  goes on from there. Cancelled twice is cancelled.
     *  @throws Problem when there is no such run, or no work is left for it */
    public void cancel(String acquisition, String run) throws IOException {
        var known = progress.of(acquisition).stream()
                .flatMap(flight -> flight.runs().stream())
                .filter(each -> each.run().equals(run))
                .findFirst()
                .orElseThrow(() -> Problem.notFound("there is no run \"" + Parameters.shown(run) + "\" of \""
                        + Parameters.shown(acquisition) + "\""));
        switch (known.state()) {
            case done -> throw Problem.conflict("this run is mapped; there is nothing left to cancel");
            case failed -> throw Problem.conflict("this run has ended without a map; there is nothing left to cancel");
            default -> cancelled.cancel(new RunRef(acquisition, run));
        }
    }

    private AcquisitionRegistered delivered(String acquisition, Optional<String> model) throws IOException {
        var delivered = store.delivery(acquisition)
                .orElseThrow(() ->
                        Problem.notFound("no acquisition \"" + Parameters.shown(acquisition) + "\" was delivered"))
                .event();
        if (model.isPresent()) {
            refuseUnknown(model.get());
        }
        return delivered;
    }

    private void refuseUnknown(String model) throws IOException {
        var known = objects.list(StoreLayout.MODELS).stream()
                .map(stat -> stat.key().substring(StoreLayout.MODELS.length()))
                .filter(name -> name.endsWith(MODEL_FILE))
                .map(name -> name.substring(0, name.length() - MODEL_FILE.length()))
                .collect(Collectors.toCollection(java.util.TreeSet::new));
        if (!known.contains(model)) {
            throw Problem.badRequest("there is no model \"" + Parameters.shown(model) + "\" in the store; there are "
                    + (known.isEmpty() ? "none" : String.join(", ", known)));
        }
    }
}
