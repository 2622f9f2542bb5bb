// SPDX-License-Identifier: Apache-2.0
package org.survol.standalone;

import java.util.ArrayList;
import java.util.List;
import org.survol.core.nomenclature.Nomenclature;

/** Counts pixels by true and by mapped class value. 0 is "no data" on either side. */
final class ConfusionMatrix {

    private static final int VALUES = 256;

    private final long[] counts = new long[VALUES * VALUES];
    private long unmappedElsewhere;

    /** @param truth class values, one a byte
     *  @param mapped class values of the same pixels */
    void add(byte[] truth, byte[] mapped) {
        if (truth.length != mapped.length) {
            throw new IllegalArgumentException(truth.length + " true pixels against " + mapped.length);
        }
        for (int i = 0; i < truth.length; i++) {
            counts[(truth[i] & 0xff) * VALUES + (mapped[i] & 0xff)]++;
        }
    }

    /** Pixels with a class in the truth that no map covers. */
    void addUnmapped(long pixels) {
        unmappedElsewhere += pixels;
    }

    /** Pixels with a class in the truth among those added, mapped or not. */
    long truthPixels() {
        long sum = 0;
        for (int truth = 1; truth < VALUES; truth++) {
            for (int mapped = 0; mapped < VALUES; mapped++) {
                sum += at(truth, mapped);
            }
        }
        return sum;
    }

    /** Pixels that have a class in the truth but none in the map. */
    long unmapped() {
        long sum = unmappedElsewhere;
        for (int truth = 1; truth < VALUES; truth++) {
            sum += at(truth, 0);
        }
        return sum;
    }

    /** Pixels with a class on both sides; all shares are of these. */
    long compared() {
        long sum = 0;
        for (int truth = 1; truth < VALUES; truth++) {
            for (int mapped = 1; mapped < VALUES; mapped++) {
                sum += at(truth, mapped);
            }
        }
        return sum;
    }

    /** Share of compared pixels whose class is right; NaN when there are none. */
    double overallAccuracy() {
        long right = 0;
        for (int value = 1; value < VALUES; value++) {
            right += at(value, value);
        }
        return (double) right / compared();
    }

    /** One row for every class that occurs in the truth or in the map. */
    List<ClassAccuracy> classes(Nomenclature nomenclature) {
        var rows = new ArrayList<ClassAccuracy>();
        for (int value = 1; value < VALUES; value++) {
            long truth = 0;
            long mapped = 0;
            for (int other = 1; other < VALUES; other++) {
                truth += at(value, other);
                mapped += at(other, value);
            }
            if (truth + mapped > 0) {
                var landClass = nomenclature.ofValue(value);
                rows.add(new ClassAccuracy(
                        value,
                        landClass.map(c -> c.code()).orElse("value-" + value),
                        landClass.map(c -> c.labelEn()).orElse("value " + value),
                        truth,
                        mapped,
                        at(value, value)));
            }
        }
        return rows;
    }

    private long at(int truth, int mapped) {
        return counts[truth * VALUES + mapped];
    }

    /**
     * @param truthPixels pixels of this class in the truth
     * @param mappedPixels pixels of this class in the map
     * @param rightPixels pixels of this class in both
     */
    record ClassAccuracy(int value, String code, String label, long truthPixels, long mappedPixels, long rightPixels) {

        /** Share of the true pixels that the map found; 0 when there are none. */
        public double producersAccuracy() {
            return truthPixels == 0 ? 0 : (double) rightPixels / truthPixels;
        }

        /** Share of the mapped pixels that are right; 0 when there are none. */
        public double usersAccuracy() {
            return mappedPixels == 0 ? 0 : (double) rightPixels / mappedPixels;
        }

        /** Intersection over union. */
        public double iou() {
            return (double) rightPixels / (truthPixels + mappedPixels - rightPixels);
        }
    }
}
