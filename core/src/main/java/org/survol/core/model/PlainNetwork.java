// SPDX-License-Identifier: Apache-2.0
package org.survol.core.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.exc.InvalidFormatException;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.survol.core.BadInputException;
import org.survol.core.Json;

/**
 * How a network that knows nothing of cards is fed and read: floats in, one score a class out. Stands in the card's JSON
 * under {@value #FIELD}, beside the fields of {@link ModelCard}, and is all that {@link CardAttachment} needs to wrap it.
 *
 * @param input tensor that takes the windows, N x bands x H x W; the graph's only input when absent
 * @param output tensor with the scores, N x classes x H x W, classes in the nomenclature's order; the only output when
 *     absent
 * @param gives what the scores are
 * @param mean of each band, in the 8-bit steps of a stack (0-255); subtracted
 * @param std of each band, likewise; divided by
 */
public record PlainNetwork(
        Optional<String> input, Optional<String> output, Scores gives, List<Double> mean, List<Double> std) {

    public static final String FIELD = "network";

    /** What a network's scores are. */
    public enum Scores {
        /** any number; softmax is still to come */
        LOGITS,
        /** 0 to 1, adding up to 1 */
        PROBABILITIES
    }

    public PlainNetwork {
        input = input == null ? Optional.empty() : input;
        output = output == null ? Optional.empty() : output;
        check(gives != null, "gives must be LOGITS or PROBABILITIES");
        check(mean != null && std != null, "mean and std must be given, one number a band");
        mean = List.copyOf(mean);
        std = List.copyOf(std);
        check(mean.size() == std.size(), "mean and std must have one number a band");
        check(mean.stream().allMatch(Double::isFinite), "mean must be finite");
        check(std.stream().allMatch(s -> Double.isFinite(s) && s > 0), "std must be positive");
    }

    /**
     * @param file what to name in a refusal
     * @return empty when the card says nothing of it
     * @throws BadInputException when what it says is not valid
     */
    static Optional<PlainNetwork> of(String file, byte[] cardJson) {
        try {
            JsonNode network = Json.MAPPER.readTree(cardJson).path(FIELD);
            return network.isMissingNode()
                    ? Optional.empty()
                    : Optional.of(Json.MAPPER.treeToValue(network, PlainNetwork.class));
        } catch (InvalidFormatException e) {
            throw invalid(file, FIELD + "." + e.getPath().getLast().getFieldName() + " cannot be " + e.getValue(), e);
        } catch (IOException e) {
            Throwable root = e;
            while (root.getCause() != null) {
                root = root.getCause();
            }
            throw invalid(
                    file,
                    FIELD + " is not valid: "
                            + root.getMessage().lines().findFirst().orElse(""),
                    e);
        }
    }

    private static BadInputException invalid(String file, String reason, IOException cause) {
        return new BadInputException(
                file,
                "its " + reason,
                "Write \"" + FIELD + "\": {\"gives\": \"LOGITS\", \"mean\": [one a band], \"std\": [one a band]}",
                cause);
    }

    private static void check(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }
}
