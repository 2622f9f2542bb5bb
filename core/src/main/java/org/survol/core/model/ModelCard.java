// SPDX-License-Identifier: Apache-2.0
package org.survol.core.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import org.survol.core.BadInputException;
import org.survol.core.Json;
import org.survol.core.nomenclature.LandClass;
import org.survol.core.nomenclature.Nomenclature;

/**
 * Everything needed to run a model rightly, stored as JSON under {@value #METADATA_KEY} in the ONNX file's metadata.
 *
 * <p>The network takes one tensor {@code input}: uint8, N x bands x H x W, H and W multiples of {@link #windowMultiple}.
 * It gives {@code classes} (uint8, N x H x W, the {@linkplain LandClass#value() values} of the nomenclature),
 * {@code probabilities} (uint8, N x classes x H x W, 255 = certain, classes in the nomenclature's order) and
 * {@code confidence} (uint8, N x H x W, the probability of the chosen class). Normalisation, softmax, argmax and
 * quantisation are part of the graph.
 *
 * @param name stable name, lower case, for example {@code survol-demo-rgbie}
 * @param bands the input's channels, in order
 * @param gsdMetres ground size of a pixel the network was trained for, metres
 * @param windowMultiple H and W of a window must be multiples of this
 * @param windowSize default side of a computed window, pixels, margins included
 * @param marginPixels default context on each side of a window that is computed and thrown away
 * @param receptiveFieldPixels distance from which an input pixel can still change an output pixel
 * @param temperature divides the logits before softmax, already in the graph; 1 when not calibrated
 * @param domain where and when it is to be used; absent: anywhere, any time
 * @param calibration how its probabilities were made to mean what they say; absent: nobody saw to that
 */
public record ModelCard(
        int cardVersion,
        String name,
        String version,
        String title,
        Nomenclature nomenclature,
        List<Band> bands,
        double gsdMetres,
        int windowMultiple,
        int windowSize,
        int marginPixels,
        int receptiveFieldPixels,
        double temperature,
        String licence,
        String trainingData,
        Optional<Accuracy> accuracy,
        Optional<Domain> domain,
        Optional<Calibration> calibration) {

    public static final String METADATA_KEY = "survol.card";
    public static final int CARD_VERSION = 1;

    private static final List<String> REQUIRED = List.of(
            "cardVersion",
            "name",
            "version",
            "title",
            "nomenclature",
            "bands",
            "gsdMetres",
            "windowMultiple",
            "windowSize",
            "marginPixels",
            "receptiveFieldPixels",
            "temperature",
            "licence",
            "trainingData");

    /** A card without calibration. */
    public ModelCard(
            int cardVersion,
            String name,
            String version,
            String title,
            Nomenclature nomenclature,
            List<Band> bands,
            double gsdMetres,
            int windowMultiple,
            int windowSize,
            int marginPixels,
            int receptiveFieldPixels,
            double temperature,
            String licence,
            String trainingData,
            Optional<Accuracy> accuracy,
            Optional<Domain> domain) {
        this(
                cardVersion,
                name,
                version,
                title,
                nomenclature,
                bands,
                gsdMetres,
                windowMultiple,
                windowSize,
                marginPixels,
                receptiveFieldPixels,
                temperature,
                licence,
                trainingData,
                accuracy,
                domain,
                Optional.empty());
    }

    /** Measured on data never trained on; shares from 0 to 1. */
    public record Accuracy(double overallAccuracy, double meanIou, String measuredOn) {}

    public ModelCard {
        bands = List.copyOf(bands);
        domain = domain == null ? Optional.empty() : domain;
        calibration = calibration == null ? Optional.empty() : calibration;
        check(cardVersion == CARD_VERSION, "cardVersion must be " + CARD_VERSION);
        check(name.matches("[a-z0-9][a-z0-9-]{0,62}"), "name must be lower-case letters, digits and dashes");
        check(!bands.isEmpty(), "bands must not be empty");
        check(new HashSet<>(bands).size() == bands.size(), "bands must not repeat");
        check(nomenclature.classes().size() >= 2, "nomenclature must have at least two classes");
        check(gsdMetres > 0, "gsdMetres must be positive");
        check(windowMultiple > 0, "windowMultiple must be positive");
        check(windowSize > 0 && windowSize % windowMultiple == 0, "windowSize must be a multiple of windowMultiple");
        check(marginPixels >= 0 && 2 * marginPixels < windowSize, "marginPixels must leave something of the window");
        check(temperature > 0, "temperature must be positive");
    }

    /**
     * Reads and checks a card.
     *
     * @param file what to name in a refusal
     * @throws BadInputException naming the missing or wrong field
     */
    public static ModelCard parse(String file, byte[] json) {
        JsonNode tree;
        try {
            tree = Json.MAPPER.readTree(json);
        } catch (IOException e) {
            throw new BadInputException(file, "its model card is not JSON", "Export the model again with its card", e);
        }
        var missing = new ArrayList<String>();
        for (var field : REQUIRED) {
            if (!tree.hasNonNull(field)) {
                missing.add(field);
            }
        }
        if (!missing.isEmpty()) {
            throw new BadInputException(
                    file,
                    "its model card lacks " + String.join(", ", missing),
                    "Add the missing fields to the card and export the model again");
        }
        try {
            return Json.MAPPER.treeToValue(tree, ModelCard.class);
        } catch (IOException e) {
            Throwable root = e;
            while (root.getCause() != null) {
                root = root.getCause();
            }
            throw new BadInputException(
                    file,
                    "its model card is not valid: "
                            + root.getMessage().lines().findFirst().orElse(""),
                    "Correct the card and export the model again",
                    e);
        }
    }

    private static void check(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }
}
