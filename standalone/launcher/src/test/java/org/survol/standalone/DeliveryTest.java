// SPDX-License-Identifier: Apache-2.0
package org.survol.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.survol.standalone.Delivery.InStore;
import org.survol.standalone.Delivery.PlainFiles;
import org.survol.standalone.Delivery.WithItem;

class DeliveryTest {

    @TempDir
    Path folder;

    @Test
    void aFolderWithoutItemIsOneFlightWithItsSubFolders() throws Exception {
        file("Été 2024/ORTHO/a.jp2");
        file("Été 2024/ORTHO/a.tab");
        file("Été 2024/IRC/a.jp2");
        file("Été 2024/.hidden/a.tif");
        file("Été 2024/_SUCCESS");

        var delivery = (PlainFiles) only(folder.resolve("Été 2024"));

        assertThat(delivery.id()).isEqualTo("Ete-2024");
        assertThat(delivery.files()).containsOnlyKeys("ORTHO/a.jp2", "ORTHO/a.tab", "IRC/a.jp2");
    }

    @Test
    void aFileBringsWhatSaysWhereItLies() throws Exception {
        file("ortho_2022.tif");
        file("ortho_2022.tfw");
        file("ortho_2023.tfw");
        file("other.txt");
        var written = Instant.parse("2023-01-02T03:04:05Z");
        Files.setLastModifiedTime(folder.resolve("ortho_2022.tif"), FileTime.from(written));
        Files.setLastModifiedTime(folder.resolve("ortho_2022.tfw"), FileTime.from(written.minusSeconds(9)));

        var delivery = (PlainFiles) only(folder.resolve("ortho_2022.tif"));

        assertThat(delivery.id()).isEqualTo("ortho_2022");
        assertThat(delivery.files()).containsOnlyKeys("ortho_2022.tif", "ortho_2022.tfw");
        assertThat(delivery.written()).isEqualTo(written);
    }

    @Test
    void filesOfTheSameNameStayApart() throws Exception {
        file("rgb/a.tif");
        file("irc/a.tif");

        var delivery =
                (PlainFiles) Delivery.of(List.of(folder + "/rgb/a.tif", folder + "/irc/a.tif"), Optional.of("mine"))
                        .getFirst();

        assertThat(delivery.id()).isEqualTo("mine");
        assertThat(delivery.files()).containsOnlyKeys("a.tif", "a-2.tif");
    }

    @Test
    void anItemNamesItsFiles() throws Exception {
        var item = file("flight/item.json");
        Files.writeString(item, """
                {"id": "x", "assets": {"a": {"href": "./a.tif"}, "b": {"href": "s3://survol/inbox/x/b.tif"}}}""");

        assertThat(only(item)).isEqualTo(only(item.getParent()));
        assertThat(((WithItem) only(item)).files())
                .containsOnlyKeys("a")
                .containsValue(item.toAbsolutePath().resolveSibling("a.tif"));
        assertThat(Delivery.of(List.of(item.toString()), Optional.of("y"))
                        .getFirst()
                        .id())
                .isEqualTo("y");
    }

    @Test
    void anAddressInTheStoreIsTakenAsItStands() throws Exception {
        assertThat(Delivery.of(List.of("s3://survol/inbox/tarn-2024/"), Optional.empty()))
                .containsExactly(new InStore("survol", "inbox/tarn-2024/", Optional.empty()))
                .first()
                .extracting(Delivery::id)
                .isEqualTo("tarn-2024");
    }

    @ParameterizedTest
    @ValueSource(strings = {"s3://survol", "s3://survol/", "nothing-there.tif", "several", "empty", "broken.json"})
    void whatCannotBeHandedInIsSaidSo(String path) throws Exception {
        file("several/a/item.json");
        file("several/b/item.json");
        Files.createDirectories(folder.resolve("empty"));
        Files.writeString(file("broken.json"), "{");

        var given = path.startsWith("s3:") ? path : folder.resolve(path).toString();

        assertThatThrownBy(() -> Delivery.of(List.of(given), Optional.empty()))
                .isInstanceOf(CommandFailed.class)
                .hasMessageContaining(path);
    }

    @Test
    void anIdIsForOneFlightAndMustBeAName() throws Exception {
        file("a/x.tif");
        file("b/x.tif");

        assertThatThrownBy(() -> Delivery.of(List.of(folder + "/a", folder + "/b"), Optional.of("id")))
                .isInstanceOf(CommandFailed.class)
                .hasMessageContaining("--id");
        assertThatThrownBy(() -> Delivery.of(List.of(folder + "/a"), Optional.of("../x")))
                .isInstanceOf(CommandFailed.class)
                .hasMessageContaining("--id");
    }

    @Test
    void countsUntilANameIsNew() {
        assertThat(Delivery.unused("a.tif", Set.of("a.tif", "a-2.tif")::contains))
                .isEqualTo("a-3.tif");
        assertThat(Delivery.unused("b", Set.of("a")::contains)).isEqualTo("b");
    }

    private static Delivery only(Path path) throws IOException {
        var deliveries = Delivery.of(List.of(path.toString()), Optional.empty());
        assertThat(deliveries).hasSize(1);
        return deliveries.getFirst();
    }

    private Path file(String name) throws IOException {
        var file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, "x");
    }
}
