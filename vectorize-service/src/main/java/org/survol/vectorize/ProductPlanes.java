// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize;

import java.util.Arrays;
import java.util.Map;
import org.survol.core.nomenclature.ProductClasses;
import org.survol.core.raster.ByteRaster;
import org.survol.vectorize.topology.ClassPlanes;

/**
 * A model's probabilities in the classes of a product. Where several of the model's classes belong to one of the product's,
 * their probabilities are added (255 at most), then the most probable class is chosen; ties go to the first in the product's
 * list. A class of the product is in a pixel's set when one of its members is.
 */
final class ProductPlanes {

    /** Coverage of the sets that a map tells of, where the model's card promises several. */
    static final double COVERAGE = 0.9;

    private final ProductClasses classes;
    private final byte[] values;
    /** Smallest probability that puts a class into a pixel's set, by the model's order. */
    private final int[] thresholds;

    /** @param minProbabilities by value of the model's classes; empty when its card promises no sets */
    ProductPlanes(ProductClasses classes, Map<Integer, Integer> minProbabilities) {
        this.classes = classes;
        var ofModel = classes.model().classes();
        thresholds = new int[ofModel.size()];
        for (int i = 0; i < thresholds.length; i++) {
            thresholds[i] = minProbabilities.getOrDefault(ofModel.get(i).value(), ClassPlanes.NEVER);
        }
        values = new byte[classes.product().classes().size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (byte) classes.product().classes().get(i).value();
        }
    }

    /** Class values of the product, in the order of the planes. */
    byte[] values() {
        return values.clone();
    }

    /** @param probabilities a band a class, in the model's order */
    ClassPlanes of(ByteRaster probabilities) {
        if (classes.isSame()) {
            var planes = new byte[values.length][];
            Arrays.setAll(planes, probabilities::plane);
            return new ClassPlanes(values, planes, planes, thresholds);
        }
        int pixels = probabilities.width() * probabilities.height();
        var sums = new byte[values.length][pixels];
        var sets = new byte[values.length][pixels];
        var setFrom = new int[values.length];
        Arrays.fill(setFrom, ClassPlanes.NEVER);
        for (int member = 0; member < thresholds.length; member++) {
            int index = classes.index(member);
            if (index >= 0) {
                add(probabilities.plane(member), sums[index]);
                if (thresholds[member] < ClassPlanes.NEVER) {
                    setFrom[index] = 1;
                    mark(probabilities.plane(member), thresholds[member], sets[index]);
                }
            }
        }
        return new ClassPlanes(values, sums, sets, setFrom);
    }

    /**
     * Chooses the product's class of every pixel.
     *
     * @param predicted the model's choice; 0 where there is no data, which stays
     * @param chosen gets the class values; 0 also where no class of the product got anything
     * @param confidence gets the chosen classes' probabilities
     */
    void choose(ClassPlanes planes, byte[] predicted, byte[] chosen, byte[] confidence) {
        Arrays.fill(chosen, (byte) 0);
        Arrays.fill(confidence, (byte) 0);
        for (int c = 0; c < values.length; c++) {
            byte[] plane = planes.probability()[c];
            byte value = values[c];
            for (int i = 0; i < plane.length; i++) {
                if ((plane[i] & 0xFF) > (confidence[i] & 0xFF)) {
                    confidence[i] = plane[i];
                    chosen[i] = value;
                }
            }
        }
        for (int i = 0; i < predicted.length; i++) {
            if (predicted[i] == 0) {
                chosen[i] = 0;
                confidence[i] = 0;
            }
        }
    }

    private static void add(byte[] plane, byte[] sums) {
        for (int i = 0; i < plane.length; i++) {
            sums[i] = (byte) Math.min(0xFF, (sums[i] & 0xFF) + (plane[i] & 0xFF));
        }
    }

    private static void mark(byte[] plane, int threshold, byte[] set) {
        for (int i = 0; i < plane.length; i++) {
            set[i] |= (byte) ((plane[i] & 0xFF) >= threshold ? 1 : 0);
        }
    }
}
