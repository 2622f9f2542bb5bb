// SPDX-License-Identifier: Apache-2.0
package org.survol.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkDirectoryTest {

    @TempDir
    private Path root;

    @Test
    void whatAKilledProcessLeftIsRemovedAtTheNextStart() throws Exception {
        long dead = new ProcessBuilder("true").start().onExit().get().pid();
        long alive = ProcessHandle.current().parent().orElseThrow().pid();
        var left = Files.createDirectories(root.resolve("tile-" + dead + "-1"));
        Files.writeString(left.resolve("stack.tif"), "half a stack");
        var inUse = Files.createDirectories(root.resolve("tile-" + alive + "-1"));
        var model = Files.writeString(new WorkDirectory(root).model("ab".repeat(32)), "model");

        new WorkDirectory(root);

        assertThat(left).doesNotExist();
        assertThat(inUse).exists();
        assertThat(model).exists();
    }

    @Test
    void aTilesFolderGoesWithItsFiles() throws Exception {
        Path folder;
        try (var scratch = new WorkDirectory(root).scratch()) {
            folder = scratch.folder();
            Files.writeString(scratch.file("classes.tif"), "pixels");
        }
        assertThat(folder).doesNotExist();
    }

    @Test
    void aDigestThatIsAPathIsRefused() throws Exception {
        var directory = new WorkDirectory(root);

        assertThatThrownBy(() -> directory.model("../../etc/passwd")).isInstanceOf(IllegalArgumentException.class);
    }
}
