// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import java.util.Optional;
import org.survol.core.BadInputException;
import org.survol.core.Outcome.Failed;
import org.survol.core.event.PipelineEvent.DeadLettered;
import org.survol.core.event.RunRef;
import org.survol.messaging.DeadLetters;
import org.survol.messaging.DeadLetters.About;

/**
 * Dead letters about a file, written beside work that goes on without it. They never name a tile, so a file that fails
 * in a hundred tiles is one letter.
 */
final class Letters {

    private Letters() {}

    static DeadLettered whilePlanning(String acquisition, BadInputException e) {
        return about("plan", About.acquisition(acquisition), e);
    }

    static DeadLettered whileTiling(RunRef run, BadInputException e) {
        return about("tile", About.run(run), e);
    }

    /** Of no acquisition: what is refused must not cling to one of the same name. */
    static DeadLettered aboutArrival(BadInputException e) {
        return about("intake", About.NOTHING_KNOWN, e);
    }

    static DeadLettered aboutModel(BadInputException e) {
        return about("model", About.NOTHING_KNOWN, e);
    }

    private static DeadLettered about(String stage, About about, BadInputException e) {
        return DeadLetters.of(stage, about, Failed.badInput(e), Optional.empty());
    }
}
