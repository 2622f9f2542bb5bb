// SPDX-License-Identifier: Apache-2.0
package org.survol.messaging;

import java.util.Optional;
import org.survol.core.Digest;
import org.survol.core.Outcome.Failed;
import org.survol.core.event.PipelineEvent;
import org.survol.core.event.PipelineEvent.AcquisitionPlanned;
import org.survol.core.event.PipelineEvent.AcquisitionRegistered;
import org.survol.core.event.PipelineEvent.AcquisitionSettled;
import org.survol.core.event.PipelineEvent.DeadLettered;
import org.survol.core.event.PipelineEvent.ProductAssembled;
import org.survol.core.event.PipelineEvent.TilePlanned;
import org.survol.core.event.PipelineEvent.TilePredicted;
import org.survol.core.event.PipelineEvent.TileReady;
import org.survol.core.event.PipelineEvent.TileSkipped;
import org.survol.core.event.PipelineEvent.TileVectorized;
import org.survol.core.event.RunRef;
import org.survol.core.grid.TileAddress;

/** Makes dead letters, all with the same rule for their id: the same failure told twice is one dead letter. */
public final class DeadLetters {

    private DeadLetters() {}

    /** What a dead letter is about, as far as it is known. */
    public record About(Optional<String> acquisition, Optional<RunRef> run, Optional<TileAddress> tile) {

        public static final About NOTHING_KNOWN = new About(Optional.empty(), Optional.empty(), Optional.empty());

        public static About acquisition(String acquisition) {
            return new About(Optional.of(acquisition), Optional.empty(), Optional.empty());
        }

        public static About run(RunRef run) {
            return new About(Optional.of(run.acquisition()), Optional.of(run), Optional.empty());
        }

        public static About tile(RunRef run, TileAddress tile) {
            return new About(Optional.of(run.acquisition()), Optional.of(run), Optional.of(tile));
        }

        public static About event(PipelineEvent event) {
            return switch (event) {
                case AcquisitionRegistered e -> acquisition(e.acquisition());
                case AcquisitionPlanned e -> run(e.run());
                case TilePlanned e -> tile(e.run(), e.tile());
                case TileReady e -> tile(e.run(), e.tile());
                case TileSkipped e -> tile(e.run(), e.tile());
                case TilePredicted e -> tile(e.run(), e.tile());
                case TileVectorized e -> tile(e.run(), e.tile());
                case AcquisitionSettled e -> run(e.run());
                case ProductAssembled e -> run(e.run());
                case DeadLettered e -> new About(e.acquisition(), e.run(), e.tile());
            };
        }
    }

    /** @param original the event as it came, for replay; empty when nothing came through Kafka */
    public static DeadLettered of(String stage, About about, Failed failure, Optional<String> original) {
        var id = Digest.ofParts(
                stage,
                about.acquisition().orElse(""),
                about.run().map(RunRef::run).orElse(""),
                about.tile().map(TileAddress::toString).orElse(""),
                failure.file(),
                failure.reason());
        return new DeadLettered(
                id,
                stage,
                about.acquisition(),
                about.run(),
                about.tile(),
                failure.kind(),
                failure.file(),
                failure.reason(),
                failure.mend(),
                original);
    }
}
