// SPDX-License-Identifier: Apache-2.0
package org.survol.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.survol.standalone.AcquisitionProgress.Run;

/** Whatever is killed or stopped on the way, the map is the one that an undisturbed run makes. */
class KillIT {

    private record Blow(String service, Predicate<Run> when) {}

    @Test
    void killedServicesComeBackASecondStartGoesOnAndTheMapIsTheSame() throws Exception {
        var data = Chain.folder("killed");
        try (var chain = Chain.start(data)) {
            // each service once, in the middle of the run
            var blows = new ArrayDeque<>(List.of(
                    new Blow("ingest", run -> run.tiles().planned() > 0),
                    new Blow("inference", run -> run.tiles().predicted() > 0),
                    new Blow("vectorize", run -> run.tiles().vectorized() > 0),
                    new Blow("catalog", run -> run.tiles().vectorized() > 0)));
            chain.handIn(Chain.flight());
            chain.await(Chain.SCENE.id(), progress -> {
                var run = progress.latestRun().filter(latest -> !latest.hasEnded());
                while (!blows.isEmpty() && run.filter(blows.getFirst().when()).isPresent()) {
                    chain.kill(blows.removeFirst().service());
                }
                return blows.isEmpty();
            });
            // stopped at once, with most of it undone
        }

        try (var chain = Chain.start(data)) {
            assertSameMap(chain, chain.await(Chain.SCENE.id(), AcquisitionProgress::hasEnded));
        }
    }

    private static void assertSameMap(Chain chain, AcquisitionProgress progress)
            throws IOException, InterruptedException, SQLException {
        assertThat(progress.state()).isEqualTo("done");
        assertThat(progress.deadLetters()).isEmpty();
        var expected = Chain.undisturbed().latestRun().orElseThrow().product().orElseThrow();
        var actual = progress.latestRun().orElseThrow().product().orElseThrow();
        assertThat(actual.polygons()).isEqualTo(expected.polygons());
        assertThat(actual.missingTiles()).isZero();
        // FlatGeobuf holds nothing but geometry and attributes; a GeoPackage's other tables may hold times
        assertThat(actual.files().get("fgb").sha256())
                .isEqualTo(expected.files().get("fgb").sha256());
        assertThat(ProductFiles.rows(
                        ProductFiles.download(chain, actual.files().get("gpkg").key())))
                .isEqualTo(ProductFiles.rows(ProductFiles.download(
                        Chain.shared(), expected.files().get("gpkg").key())));
    }
}
