// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.cql2;

import java.text.Normalizer;
import java.util.Locale;
import java.util.regex.Pattern;
import org.survol.catalog.cql2.Expression.Folding;

/** Texts without what {@code CASEI} and {@code ACCENTI} ignore. */
final class Folds {

    private static final Pattern MARKS = Pattern.compile("\\p{Mn}+");
    /** Java writes a sigma at the end of a word in another way. */
    private static final char FINAL_SIGMA = 'ς';

    private Folds() {}

    static String fold(Folding folding, String text) {
        return switch (folding) {
            // up first, so that the German sharp s meets its two capitals
            case CASE -> text.toUpperCase(Locale.ROOT).toLowerCase(Locale.ROOT).replace(FINAL_SIGMA, 'σ');
            case ACCENT ->
                Normalizer.normalize(
                        MARKS.matcher(Normalizer.normalize(text, Normalizer.Form.NFD))
                                .replaceAll(""),
                        Normalizer.Form.NFC);
        };
    }
}
