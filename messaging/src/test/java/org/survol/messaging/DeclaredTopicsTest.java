// SPDX-License-Identifier: Apache-2.0
package org.survol.messaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What manifests say about topics and queues is what the code says. */
class DeclaredTopicsTest {

    private static final Path MANIFEST = Path.of("..", "k8s", "base", "topics", "topics.yaml");

    private static final Path SCALING = Path.of("..", "k8s", "components", "autoscaling");

    @Test
    void declaresEveryTopicThatServicesUseAndNoOther() throws IOException {
        assertThat(valuesOf("name")).containsExactlyInAnyOrderElementsOf(Topics.ALL);
    }

    @Test
    void givesEachTheSamePartitions() throws IOException {
        assertThat(valuesOf("partitions")).hasSize(Topics.ALL.size()).containsOnly(Integer.toString(Topics.PARTITIONS));
    }

    /** A query for a group that does not exist is empty, and nothing would ever scale. */
    @Test
    void scalesByBacklogsThatAreTold() throws IOException {
        var stages = Set.of(
                Topics.stageOf(Topics.TILES_PLANNED),
                Topics.stageOf(Topics.TILES_READY),
                Topics.stageOf(Topics.TILES_PREDICTED));
        var query = Pattern.compile("survol_work_backlog\\{group=\"survol-([a-z]+)\"}");
        var scaled = new HashSet<String>();
        try (var manifests = Files.newDirectoryStream(SCALING, "*.yaml")) {
            for (var manifest : manifests) {
                query.matcher(Files.readString(manifest)).results().forEach(match -> scaled.add(match.group(1)));
            }
        }

        assertThat(scaled).isEqualTo(stages);
    }

    private static List<String> valuesOf(String field) throws IOException {
        return Pattern.compile("(?m)^ +" + field + ": (\\S+)$")
                .matcher(Files.readString(MANIFEST))
                .results()
                .map(match -> match.group(1))
                .toList();
    }
}
