// SPDX-License-Identifier: Apache-2.0
package org.survol.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataFolderTest {

    @TempDir
    private Path root;

    private DataFolder folder;

    @BeforeEach
    void createFolder() {
        folder = new DataFolder(root.resolve("data"));
        folder.create();
    }

    @Test
    void secondInstanceOnOneFolderIsRefused() throws Exception {
        var lock = folder.lock();

        assertThatThrownBy(folder::lock).isInstanceOf(CommandFailed.class).hasMessageContaining("already runs");

        lock.channel().close();
        folder.lock().channel().close();
    }

    @Test
    void keepsOneSecretForItsOwnerOnly() throws Exception {
        var secret = folder.secret();

        assertThat(secret).hasSizeGreaterThanOrEqualTo(32);
        assertThat(folder.secret()).isEqualTo(secret);
        assertThat(PosixFilePermissions.toString(
                        Files.getPosixFilePermissions(folder.run().resolve("secret"))))
                .isEqualTo("rw-------");
        var other = new DataFolder(root.resolve("other"));
        other.create();
        assertThat(other.secret()).isNotEqualTo(secret);
    }

    @Test
    void aProcessIsNamedByIdAndStartTime() throws Exception {
        var mark = ProcessMark.ofThisProcess();
        mark.write(folder, folder.pidFile("me"));

        assertThat(ProcessMark.read(folder.pidFile("me"))).contains(mark);
        assertThat(mark.find()).map(ProcessHandle::pid).contains(mark.pid());
        assertThat(new ProcessMark(mark.pid(), Optional.of(Instant.EPOCH)).find())
                .isEmpty();
        assertThat(new ProcessMark(mark.pid(), Optional.empty()).find()).isEmpty();
        assertThat(ProcessMark.read(folder.pidFile("nobody"))).isEmpty();
    }

    @Test
    void anInstanceWhoseLauncherIsGoneDoesNotRun() throws Exception {
        Files.writeString(
                folder.instanceFile(), """
                {"launcher":{"pid":%d,"startedAt":"1970-01-01T00:00:00Z"},"catalog":"http://127.0.0.1:1",
                 "ingest":"http://127.0.0.1:2","services":{},
                 "store":{"endpoint":"http://127.0.0.1:3","region":"r","bucket":"b","accessKey":"a","secretKey":"s"}}
                """.formatted(ProcessHandle.current().pid()));

        assertThat(Instance.find(folder)).isEmpty();
        assertThatThrownBy(() -> Instance.on(folder))
                .hasMessageContaining("nothing runs")
                .hasMessageContaining("survol up");
    }

    @Test
    void keepsTheLogOfTheStartBefore() throws Exception {
        Files.writeString(folder.log("ingest"), "old");

        folder.turnLogs(java.util.Set.of("ingest", "never-ran"));

        assertThat(folder.logs().resolve("ingest.log.1")).hasContent("old");
        assertThat(folder.log("ingest")).doesNotExist();
    }
}
