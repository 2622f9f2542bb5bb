// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.rules;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DatabindException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.survol.core.BadInputException;

/** Reads rule sets: those that come with the service, by name, and others from files. */
public final class RuleSets {

    /** The rule sets in the jar, under {@code rules/}. */
    public static final List<String> BUILT_IN = List.of("detail", "exact", "cosia", "ocs-ge");

    private static final int LARGEST_FILE = 1 << 20;

    private static final ObjectMapper YAML = JsonMapper.builder(new YAMLFactory())
            .addModule(new Jdk8Module())
            .enable(
                    DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES,
                    DeserializationFeature.FAIL_ON_TRAILING_TOKENS,
                    DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private RuleSets() {}

    /**
     * @param nameOrFile one of {@link #BUILT_IN}, or the path of a YAML file
     * @throws BadInputException when it cannot be read, saying which line or rule is wrong
     */
    public static RuleSet load(String nameOrFile) {
        try {
            if (BUILT_IN.contains(nameOrFile)) {
                try (InputStream yaml = RuleSets.class.getResourceAsStream("/rules/" + nameOrFile + ".yaml")) {
                    return parse(nameOrFile, yaml.readAllBytes());
                }
            }
            var file = Path.of(nameOrFile);
            if (!Files.isRegularFile(file)) {
                throw new BadInputException(
                        nameOrFile,
                        "there is no such rule set",
                        "Set survol.vectorize.rules to one of " + String.join(", ", BUILT_IN)
                                + ", or to the path of a YAML file");
            }
            if (Files.size(file) > LARGEST_FILE) {
                throw new BadInputException(
                        nameOrFile, "a rule set of more than a megabyte is none", "See docs/vectorizing.md");
            }
            return parse(nameOrFile, Files.readAllBytes(file));
        } catch (IOException e) {
            throw new BadInputException(
                    nameOrFile, "it cannot be read: " + e.getMessage(), "See that the service may read it", e);
        }
    }

    static RuleSet parse(String file, byte[] yaml) throws IOException {
        try {
            return YAML.readValue(yaml, RuleSet.class);
        } catch (DatabindException e) {
            throw wrong(file, cause(e), e);
        } catch (JsonProcessingException e) {
            throw wrong(file, e.getOriginalMessage() + at(e), e);
        }
    }

    private static BadInputException wrong(String file, String reason, Exception e) {
        return new BadInputException(file, "it is no rule set: " + reason, "See the rules in docs/vectorizing.md", e);
    }

    private static String cause(DatabindException e) {
        var cause = e.getCause() instanceof IllegalArgumentException own ? own.getMessage() : e.getOriginalMessage();
        return cause.lines().findFirst().orElse("") + at(e);
    }

    private static String at(JsonProcessingException e) {
        return e.getLocation() == null || e.getLocation().getLineNr() < 1
                ? ""
                : " (line " + e.getLocation().getLineNr() + ")";
    }
}
