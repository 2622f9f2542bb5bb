// SPDX-License-Identifier: Apache-2.0
package org.survol.messaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The manifests for clusters where services may not create topics say the same as the code that creates them. */
class DeclaredTopicsTest {

    private static final Path MANIFEST = Path.of("..", "k8s", "base", "topics", "topics.yaml");

    @Test
    void declaresEveryTopicThatServicesUseAndNoOther() throws IOException {
        assertThat(valuesOf("name")).containsExactlyInAnyOrderElementsOf(Topics.ALL);
    }

    @Test
    void givesEachTheSamePartitions() throws IOException {
        assertThat(valuesOf("partitions")).hasSize(Topics.ALL.size()).containsOnly(Integer.toString(Topics.PARTITIONS));
    }

    private static List<String> valuesOf(String field) throws IOException {
        return Pattern.compile("(?m)^ +" + field + ": (\\S+)$")
                .matcher(Files.readString(MANIFEST))
                .results()
                .map(match -> match.group(1))
                .toList();
    }
}
