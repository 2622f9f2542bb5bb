// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import java.util.List;

/**
 * A STAC Item that nobody wrote, and what had to be guessed for it. The guesses stand in the Item too, as
 * {@code survol:guessed}.
 *
 * @param json the same bytes whenever it is made of the same objects
 */
record GuessedItem(String id, byte[] json, List<Guess> guessed) {

    /**
     * @param field of the Item; {@code assets.*.…} when it is the same for several
     * @param why what it was taken from
     * @param files that it holds for
     */
    record Guess(String field, String value, String why, int files) {}

    GuessedItem {
        guessed = List.copyOf(guessed);
    }
}
