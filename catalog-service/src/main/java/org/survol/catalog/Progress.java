// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog;

import com.fasterxml.jackson.annotation.JsonInclude;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.survol.catalog.store.CatalogStore;
import org.survol.catalog.store.CatalogStore.Assembled;
import org.survol.catalog.store.CatalogStore.DeadLetter;
import org.survol.catalog.store.CatalogStore.Delivery;
import org.survol.catalog.store.CatalogStore.RunRecord;
import org.survol.catalog.store.CatalogStore.Tally;
import org.survol.catalog.store.CatalogStore.TileStage;
import org.survol.core.event.RunRef;
import org.survol.core.event.StageReport;
import org.survol.core.grid.TileAddress;
import org.survol.core.store.CancelledRuns;
import org.survol.core.store.ObjectStore;

/** How far each acquisition is, computed from what was recorded each time it is asked for. */
@Singleton
final class Progress {

    private static final Logger LOG = Logger.getLogger(Progress.class);
    private static final int DEAD_LETTERS_SHOWN = 1_000;

    enum State {
        registered,
        planned,
        running,
        done,
        failed,
        cancelled;

        boolean isFinal() {
            return this == done || this == failed || this == cancelled;
        }
    }

    record Tiles(int planned, long ready, long skipped, long predicted, long vectorized, long failed) {}

    /** @param megapixelsPerSecond of one unit of work at a time; absent before anything was done */
    record Stage(
            long units,
            long pixels,
            long wallMillis,
            @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<Double> megapixelsPerSecond) {}

    record FileLink(String key, long bytes, String sha256, String url) {}

    record Product(String id, long polygons, double areaSquareMetres, int missingTiles, Map<String, FileLink> files) {}

    /** @param cancel where to post to have no more work done for it; absent when there is none left */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    record Run(
            String run,
            String model,
            State state,
            Tiles tiles,
            Map<String, Stage> stages,
            Optional<Product> product,
            Instant startedAt,
            Optional<Instant> endedAt,
            Optional<String> cancel) {}

    /** @param replay where to post to have it tried once more; absent when no work waits for it */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    record Letter(
            String id,
            String stage,
            Optional<String> acquisition,
            Optional<String> run,
            Optional<String> tile,
            String file,
            String reason,
            String mend,
            String kind,
            Instant at,
            Optional<String> replay) {}

    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    record Acquisition(
            String id,
            State state,
            Optional<String> model,
            Optional<Instant> registeredAt,
            List<Run> runs,
            List<Letter> deadLetters) {}

    private final CatalogStore store;
    private final CancelledRuns cancelledRuns;
    private final PublicUrl url;

    Progress(CatalogStore store, ObjectStore objects, PublicUrl url) {
        this.store = store;
        this.cancelledRuns = new CancelledRuns(objects);
        this.url = url;
    }

    /** Newest first; also those that were refused before they were registered. */
    List<Acquisition> all() {
        return assemble(
                store.deliveries(), runs(Optional.empty()), store.deadLetters(Optional.empty(), DEAD_LETTERS_SHOWN));
    }

    Optional<Acquisition> of(String acquisition) {
        return assemble(
                        store.delivery(acquisition).map(List::of).orElse(List.of()),
                        runs(Optional.of(acquisition)),
                        store.deadLetters(Optional.of(acquisition), DEAD_LETTERS_SHOWN))
                .stream()
                .findFirst();
    }

    List<Letter> deadLetters(Optional<String> acquisition, int limit) {
        return store.deadLetters(acquisition, limit).stream().map(this::letter).toList();
    }

    private record Known(RunRecord record, boolean cancelled) {}

    private List<Known> runs(Optional<String> acquisition) {
        var records = store.runs(acquisition);
        boolean allMapped = records.stream().allMatch(record -> record.product().isPresent());
        var cancelled = allMapped ? Set.<RunRef>of() : cancelled(acquisition);
        return records.stream()
                .map(record -> new Known(record, cancelled.contains(record.run())))
                .toList();
    }

    /** While the store does not answer none is known; no stage begins anything meanwhile either. */
    private Set<RunRef> cancelled(Optional<String> acquisition) {
        try {
            return cancelledRuns.of(acquisition);
        } catch (IOException e) {
            LOG.warnf("which runs are cancelled is not known: %s", e.getMessage());
            return Set.of();
        }
    }

    private List<Acquisition> assemble(List<Delivery> deliveries, List<Known> runs, List<DeadLetter> letters) {
        var deliveryOf = new TreeMap<String, Delivery>();
        deliveries.forEach(delivery -> deliveryOf.put(delivery.event().acquisition(), delivery));
        var runsOf = runs.stream()
                .collect(Collectors.groupingBy(known -> known.record().run().acquisition()));
        var lettersOf = letters.stream()
                .filter(letter -> acquisitionOf(letter).isPresent())
                .collect(Collectors.groupingBy(letter -> acquisitionOf(letter).get()));
        var ids = new java.util.TreeSet<>(deliveryOf.keySet());
        ids.addAll(runsOf.keySet());
        ids.addAll(lettersOf.keySet());
        var acquisitions = new ArrayList<Acquisition>();
        for (var id : ids) {
            acquisitions.add(acquisition(
                    id,
                    Optional.ofNullable(deliveryOf.get(id)),
                    runsOf.getOrDefault(id, List.of()),
                    lettersOf.getOrDefault(id, List.of())));
        }
        acquisitions.sort(
                Comparator.comparing((Acquisition a) -> newest(a)).reversed().thenComparing(Acquisition::id));
        return List.copyOf(acquisitions);
    }

    private static Instant newest(Acquisition acquisition) {
        return acquisition
                .registeredAt()
                .orElseGet(() -> acquisition.runs().isEmpty()
                        ? acquisition.deadLetters().getFirst().at()
                        : acquisition.runs().getFirst().startedAt());
    }

    private Acquisition acquisition(
            String id, Optional<Delivery> delivery, List<Known> known, List<DeadLetter> letters) {
        var runs = known.stream()
                .sorted(Comparator.comparing((Known each) -> each.record().firstSeen())
                        .reversed())
                .map(each -> run(each.record(), each.cancelled(), letters))
                .toList();
        var model = runs.stream()
                .findFirst()
                .map(Run::model)
                .filter(name -> !name.isEmpty())
                .or(() -> delivery.flatMap(d -> d.event().model()));
        return new Acquisition(
                id,
                stateOf(delivery, runs, letters),
                model,
                delivery.map(Delivery::at),
                runs,
                letters.stream().map(this::letter).toList());
    }

    private static State stateOf(Optional<Delivery> delivery, List<Run> runs, List<DeadLetter> letters) {
        if (runs.isEmpty()) {
            // refused before there was a plan: the letter carries the delivery that was given up. One without is about
            // a file that the plan goes on without. A delivery newer than the refusal is a new try
            boolean refused = letters.stream()
                    .filter(letter -> letter.event().stage().equals("intake")
                            || letter.event().stage().equals("plan"))
                    .filter(letter -> letter.event().original().isPresent())
                    .anyMatch(letter -> delivery.isEmpty()
                            || !letter.at().isBefore(delivery.get().at()));
            return refused || delivery.isEmpty() ? State.failed : State.registered;
        }
        var states = runs.stream().map(Run::state).toList();
        for (var state : List.of(State.running, State.planned, State.done, State.failed)) {
            if (states.contains(state)) {
                return state;
            }
        }
        return State.cancelled;
    }

    private Run run(RunRecord record, boolean cancelled, List<DeadLetter> letters) {
        var tiles = new Tiles(
                record.plannedTiles(),
                record.tally(TileStage.READY).count(),
                record.tally(TileStage.SKIPPED).count(),
                record.tally(TileStage.PREDICTED).count(),
                record.tally(TileStage.VECTORIZED).count(),
                record.failed());
        var state = stateOf(record, cancelled, tiles, letters);
        var stages = new LinkedHashMap<String, Stage>();
        stages.put("tile", stage(record.tally(TileStage.READY)));
        stages.put("infer", stage(record.tally(TileStage.PREDICTED)));
        stages.put("vectorize", stage(record.tally(TileStage.VECTORIZED)));
        stages.put(
                "assemble",
                stage(record.product()
                        .map(product -> product.event().report())
                        .map(Progress::tally)
                        .orElse(Tally.NONE)));
        return new Run(
                record.run().run(),
                record.model(),
                state,
                tiles,
                stages,
                record.product().map(this::product),
                record.firstSeen(),
                record.product()
                        .map(Assembled::at)
                        .or(() -> state.isFinal() ? Optional.of(record.lastSeen()) : Optional.empty()),
                state.isFinal()
                        ? Optional.empty()
                        : Optional.of(url.of(
                                "acquisitions",
                                record.run().acquisition(),
                                "runs",
                                record.run().run(),
                                "cancel")));
    }

    private static State stateOf(RunRecord record, boolean cancelled, Tiles tiles, List<DeadLetter> letters) {
        if (record.product().isPresent()) {
            return State.done;
        }
        boolean givenUp = letters.stream()
                .map(DeadLetter::event)
                .anyMatch(letter -> letter.tile().isEmpty()
                        && (letter.stage().equals("assemble") || letter.stage().equals("plan"))
                        && letter.run().filter(record.run()::equals).isPresent());
        boolean ended = tiles.planned() > 0 && tiles.vectorized() + tiles.skipped() + tiles.failed() >= tiles.planned();
        if (givenUp || (ended && tiles.vectorized() == 0)) {
            return State.failed;
        }
        if (cancelled) {
            return State.cancelled;
        }
        return tiles.ready() + tiles.skipped() + tiles.predicted() + tiles.vectorized() + tiles.failed() > 0
                ? State.running
                : State.planned;
    }

    private Product product(Assembled assembled) {
        var event = assembled.event();
        var files = new TreeMap<String, FileLink>();
        event.files()
                .forEach((format, file) -> files.put(
                        format, new FileLink(file.key(), file.bytes(), file.sha256(), url.ofFile(file.key()))));
        return new Product(
                Collections.productId(event.run()),
                event.polygons(),
                event.areaSquareMetres(),
                event.missingTiles(),
                files);
    }

    private static Tally tally(StageReport report) {
        return new Tally(1, report.pixels(), report.wallMillis());
    }

    private static Stage stage(Tally tally) {
        return new Stage(
                tally.count(),
                tally.pixels(),
                tally.wallMillis(),
                tally.wallMillis() > 0
                        ? Optional.of(Math.round(tally.pixels() / (tally.wallMillis() * 1e3) * 1e3) / 1e3)
                        : Optional.empty());
    }

    private static Optional<String> acquisitionOf(DeadLetter letter) {
        return letter.event().acquisition().or(() -> letter.event().run().map(run -> run.acquisition()));
    }

    private Letter letter(DeadLetter letter) {
        var event = letter.event();
        return new Letter(
                event.id(),
                event.stage(),
                acquisitionOf(letter),
                event.run().map(run -> run.run()),
                event.tile().map(TileAddress::toString),
                event.file(),
                event.reason(),
                event.mend(),
                event.kind().name(),
                letter.at(),
                event.original().map(original -> url.of("dead-letters", event.id(), "replay")));
    }
}
