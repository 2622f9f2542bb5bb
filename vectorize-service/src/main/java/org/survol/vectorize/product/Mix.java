// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.product;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.survol.core.nomenclature.LandClass;
import org.survol.vectorize.topology.PlanarMap.ClassShare;

/** What the model gave the classes over a polygon, as attributes. Made of whole sums: equal polygons, equal text. */
final class Mix {

    /** Smaller shares are left out of the text. */
    private static final double SMALLEST_SHARE = 0.0005;

    private final List<ClassShare> shares;
    private final long total;
    private final long pixels;

    /** @param pixels of the polygon */
    Mix(List<ClassShare> shares, long pixels) {
        this.shares = new ArrayList<>(shares);
        this.shares.sort(
                Comparator.comparingLong(ClassShare::probability).reversed().thenComparing(ClassShare::classValue));
        this.pixels = pixels;
        total = shares.stream().mapToLong(ClassShare::probability).sum();
    }

    /** JSON object: class codes and their shares of all probability, the largest first; the rest, below 0.0005 each, is left out. */
    String json(LandClass[] classes) {
        return shares.stream()
                .filter(share -> share.probability() >= SMALLEST_SHARE * total && share.probability() > 0)
                .map(share -> "\"" + quoted(classes[share.classValue()].code()) + "\":"
                        + String.format(Locale.ROOT, "%.3f", share.probability() / (double) total))
                .collect(Collectors.joining(",", "{", "}"));
    }

    private static String quoted(String code) {
        return String.valueOf(JsonStringEncoder.getInstance().quoteAsString(code));
    }

    /** Shannon entropy of the shares, bits; 0 when one class got all. */
    double entropy() {
        double bits = 0;
        for (var share : shares) {
            if (share.probability() > 0) {
                double p = share.probability() / (double) total;
                bits -= p * StrictMath.log(p) / StrictMath.log(2);
            }
        }
        return bits;
    }

    /** Codes of the classes that are in the sets of at least half the pixels, the most frequent first, separated by spaces. */
    String conformalSet(LandClass[] classes) {
        return shares.stream()
                .filter(share -> share.pixelsInSet() > 0 && 2 * share.pixelsInSet() >= pixels)
                .sorted(Comparator.comparingLong(ClassShare::pixelsInSet)
                        .reversed()
                        .thenComparing(ClassShare::classValue))
                .map(share -> classes[share.classValue()].code())
                .collect(Collectors.joining(" "));
    }
}
