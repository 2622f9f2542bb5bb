// SPDX-License-Identifier: Apache-2.0
package org.survol.core.model;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * How a model's probabilities were made to mean what they say. Temperature and offsets are in its graph already.
 *
 * @param heldOut images it was fitted on: neither trained on nor used to measure the accuracy
 * @param expectedError of the chosen class's probability, 0 to 1
 * @param conformal by promised coverage, which probabilities put a class into a pixel's set
 */
public record Calibration(
        String heldOut, double expectedErrorBefore, double expectedError, List<ConformalSets> conformal) {

    public Calibration {
        conformal = conformal == null ? List.of() : List.copyOf(conformal);
    }

    /**
     * A pixel's set holds each class whose probability is at least its threshold.
     *
     * @param coverage share of each class's pixels whose set holds the true class, between 0 and 1
     */
    public record ConformalSets(double coverage, List<Threshold> classes) {
        public ConformalSets {
            if (!(coverage > 0 && coverage < 1)) {
                throw new IllegalArgumentException("coverage must lie between 0 and 1: " + coverage);
            }
            classes = List.copyOf(classes);
        }

        /** Smallest probability, 0 to 255, by class value. */
        public Map<Integer, Integer> minProbabilities() {
            return classes.stream().collect(Collectors.toMap(Threshold::value, Threshold::minProbability));
        }
    }

    /** @param value class value in class rasters
     *  @param minProbability 0 to 255 */
    public record Threshold(int value, int minProbability) {
        public Threshold {
            if (minProbability < 0 || minProbability > 255) {
                throw new IllegalArgumentException("minProbability must be 0 to 255: " + minProbability);
            }
        }
    }

    /** The sets whose promised coverage is nearest to that; ties: the larger promise. */
    public Optional<ConformalSets> nearest(double coverage) {
        return conformal.stream()
                .min(Comparator.<ConformalSets>comparingDouble(sets -> Math.abs(sets.coverage() - coverage))
                        .thenComparing(sets -> -sets.coverage()));
    }
}
