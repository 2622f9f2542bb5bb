// SPDX-License-Identifier: Apache-2.0
package org.survol.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.survol.standalone.Submission.Ending;
import org.survol.standalone.Submission.HandedIn;

class WatchedFolderTest {

    private static final Duration QUIET = Duration.ofSeconds(10);

    @TempDir
    Path scratch;

    private Path folder;
    private final List<String> handedIn = new ArrayList<>();
    private final List<String> said = new ArrayList<>();
    private Instant now = Instant.parse("2026-11-22T12:00:00Z");
    private boolean away;
    private WatchedFolder watched;

    @BeforeEach
    void watch() throws IOException {
        folder = Files.createDirectories(scratch.resolve("incoming"));
        restart();
    }

    @Test
    void handsInWhatHasBeenQuiet() throws Exception {
        file("tarn-2024/a.tif", "1");
        file("ortho_2022.tif", "1");
        file("ortho_2022.tfw", "1");
        file(".hidden/a.tif", "1");
        watched.turn();
        now = now.plus(QUIET).minusSeconds(1);
        file("tarn-2024/b.tif", "1");
        watched.turn();
        now = now.plusSeconds(1);
        watched.turn();
        assertThat(handedIn).containsExactly("ortho_2022");

        now = now.plus(QUIET);
        watched.turn();
        watched.turn();

        assertThat(handedIn).containsExactly("ortho_2022", "tarn-2024");
        assertThat(said).anyMatch(line -> line.contains("tarn-2024 as acquisition"));
    }

    @Test
    void aRestartHandsNothingInAgainButWhatHasChanged() throws Exception {
        file("a/1.tif", "1");
        file("b/1.tif", "1");
        settle();
        restart();
        settle();
        assertThat(handedIn).containsExactly("a", "b");

        file("b/1.tif", "changed");
        settle();

        assertThat(handedIn).containsExactly("a", "b", "b");
    }

    @Test
    void triesAgainWhenTheIntakeIsAway() throws Exception {
        file("a/1.tif", "1");
        away = true;
        assertThatThrownBy(this::settle).isInstanceOf(IOException.class);
        away = false;

        watched.turn();

        assertThat(handedIn).containsExactly("a");
    }

    @Test
    void waitsForUnfinishedFilesAndSaysWhatItRefuses() throws Exception {
        file("a/1.tif.part", "1");
        Files.createDirectories(folder.resolve("empty"));
        file("several/x/item.json", "{}");
        file("refused/1.tif", "1");
        settle();
        settle();

        assertThat(handedIn).containsExactly("refused");
        assertThat(said)
                .anyMatch(line -> line.startsWith("refused several") && line.contains("several flights"))
                .anyMatch(line -> line.startsWith("refused refused") && line.contains("because"))
                .hasSize(2);
    }

    private void settle() throws Exception {
        watched.turn();
        now = now.plus(QUIET);
        watched.turn();
    }

    private void restart() {
        watched = new WatchedFolder(folder, QUIET, scratch.resolve("watched.json"), this::take, said::add, () -> now);
    }

    private HandedIn take(Delivery delivery) throws IOException {
        if (away) {
            throw new IOException("away");
        }
        handedIn.add(delivery.id());
        return delivery.id().equals("refused")
                ? new Ending.Refused(delivery.id(), "because")
                : new HandedIn.Taken(delivery.id());
    }

    private void file(String name, String content) throws IOException {
        var file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, content);
    }
}
