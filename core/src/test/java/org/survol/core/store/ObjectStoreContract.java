// SPDX-License-Identifier: Apache-2.0
package org.survol.core.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.survol.core.Digest;

/** What every object store must do. An adapter's test extends it; keys never meet, so one bucket serves all tests. */
public abstract class ObjectStoreContract {

    private static final String BINARY = "application/octet-stream";

    /** More than two upload parts. */
    private static final int LARGE = (40 << 20) + 17;

    private final String prefix = "contract/" + UUID.randomUUID() + "/";

    protected abstract ObjectStore store();

    @Test
    void readsBackWhatWasWritten() throws Exception {
        var key = prefix + "a tile/628_-6128 é+&.bin";
        var content = random(10_000, 1);

        var written = store().write(key, content, BINARY);

        assertThat(written).isEqualTo(new ObjectRef(key, content.length, Digest.of(content)));
        assertThat(store().read(key)).isEqualTo(content);
        assertThat(store().stat(key)).hasValueSatisfying(stat -> {
            assertThat(stat.key()).isEqualTo(key);
            assertThat(stat.bytes()).isEqualTo(content.length);
            assertThat(stat.etag()).isNotBlank();
        });
    }

    @Test
    void aTemporaryAddressGivesTheObjectToWhoeverHasIt() throws Exception {
        var content = random(1_000, 4);
        store().write(prefix + "part é.bin", content, BINARY);
        store().write(prefix + "other.bin", content, BINARY);

        var address = store().temporaryAddress(prefix + "part é.bin", Duration.ofMinutes(5));

        if (address.isEmpty()) {
            return;
        }
        assertThat(fetched(address.get()).body()).isEqualTo(content);
        var another = address.get().toString().replace("part%20%C3%A9.bin", "other.bin");
        assertThat(fetched(URI.create(another)).statusCode())
                .as("signed for one object only")
                .isEqualTo(403);
    }

    private static HttpResponse<byte[]> fetched(URI address) throws Exception {
        try (var client = HttpClient.newHttpClient()) {
            return client.send(HttpRequest.newBuilder(address).build(), HttpResponse.BodyHandlers.ofByteArray());
        }
    }

    @Test
    void holdsAnEmptyObject() throws Exception {
        store().write(prefix + "empty", new byte[0], BINARY);

        assertThat(store().read(prefix + "empty")).isEmpty();
        assertThat(store().stat(prefix + "empty"))
                .get()
                .extracting(ObjectStore.Stat::bytes)
                .isEqualTo(0L);
    }

    @Test
    void replacesAndChangesTheEtag() throws Exception {
        var key = prefix + "replaced";
        store().write(key, text("one"), BINARY);
        var before = store().stat(key).orElseThrow().etag();

        store().write(key, text("two"), BINARY);

        assertThat(store().read(key)).isEqualTo(text("two"));
        assertThat(store().stat(key).orElseThrow().etag()).isNotEqualTo(before);
    }

    @Test
    void readsAnyRange() throws Exception {
        var key = prefix + "ranges";
        var content = random(5_000, 2);
        store().write(key, content, BINARY);
        var random = new Random(3);

        for (int i = 0; i < 50; i++) {
            int offset = random.nextInt(content.length);
            int length = random.nextInt(content.length - offset + 1);
            assertThat(store().read(key, offset, length))
                    .isEqualTo(Arrays.copyOfRange(content, offset, offset + length));
        }
    }

    @Test
    void aRangeBeyondTheEndFails() throws Exception {
        var key = prefix + "short";
        store().write(key, random(100, 4), BINARY);

        assertThatThrownBy(() -> store().read(key, 90, 11)).isInstanceOf(EOFException.class);
        assertThatThrownBy(() -> store().read(key, 100, 1)).isInstanceOf(EOFException.class);
        assertThatThrownBy(() -> store().read(key, 5_000, 1))
                .isInstanceOf(EOFException.class)
                .hasMessageContaining(key);
    }

    @Test
    void aMissingObjectIsNamed() throws Exception {
        var key = prefix + "missing";

        assertThat(store().stat(key)).isEmpty();
        assertThatThrownBy(() -> store().read(key))
                .isInstanceOf(NoSuchFileException.class)
                .hasMessageContaining(key);
        assertThatThrownBy(() -> store().read(key, 0, 1))
                .isInstanceOf(NoSuchFileException.class)
                .hasMessageContaining(key);
    }

    @Test
    void uploadsAndDownloadsAFileOfSeveralParts(@TempDir Path folder) throws Exception {
        var key = prefix + "large";
        var source = folder.resolve("source");
        Files.write(source, random(LARGE, 5));
        var copy = folder.resolve("copy");

        var uploaded = store().upload(key, source, "image/tiff");
        store().download(key, copy);

        assertThat(uploaded).isEqualTo(new ObjectRef(key, LARGE, Digest.of(source)));
        assertThat(copy).hasSameBinaryContentAs(source);
        assertThat(store().stat(key)).get().extracting(ObjectStore.Stat::bytes).isEqualTo((long) LARGE);
    }

    @Test
    void writesOnlyWhatIsAbsent() throws Exception {
        var key = prefix + "once";

        assertThat(store().writeIfAbsent(key, text("first"), BINARY)).isTrue();
        assertThat(store().writeIfAbsent(key, text("second"), BINARY)).isFalse();
        assertThat(store().read(key)).isEqualTo(text("first"));
    }

    @Test
    void ofWritersThatRaceExactlyOneWins() throws Exception {
        int writers = 6;
        try (var threads = Executors.newFixedThreadPool(writers)) {
            for (int round = 0; round < 25; round++) {
                var key = prefix + "race/" + round;
                var start = new CyclicBarrier(writers);
                var attempts = new ArrayList<Callable<Boolean>>();
                for (int writer = 0; writer < writers; writer++) {
                    var content = text("writer " + writer);
                    attempts.add(() -> {
                        start.await();
                        return store().writeIfAbsent(key, content, BINARY);
                    });
                }

                var winners = new ArrayList<Integer>();
                var results = threads.invokeAll(attempts);
                for (int writer = 0; writer < writers; writer++) {
                    if (results.get(writer).get()) {
                        winners.add(writer);
                    }
                }

                assertThat(winners).hasSize(1);
                assertThat(store().read(key)).isEqualTo(text("writer " + winners.getFirst()));
            }
        }
    }

    @Test
    void listsAllKeysOfAPrefixInOrder() throws Exception {
        for (var name : new String[] {"b/2", "b/10", "b/1/x", "a", "c"}) {
            store().write(prefix + "list/" + name, text(name), BINARY);
        }

        assertThat(store().list(prefix + "list/b/"))
                .extracting(ObjectStore.Stat::key)
                .containsExactly(prefix + "list/b/1/x", prefix + "list/b/10", prefix + "list/b/2");
        assertThat(store().list(prefix + "list/b/"))
                .extracting(ObjectStore.Stat::bytes)
                .containsExactly(5L, 4L, 3L);
        assertThat(store().list(prefix + "list/none/")).isEmpty();
    }

    @Test
    void listsOneLevelOrAllInPages() throws Exception {
        var folder = prefix + "level/";
        for (var name : new String[] {"a", "b/1", "b/2/x", "c d/1"}) {
            store().write(folder + name, text(name), BINARY);
        }

        var level = store().level(folder);
        assertThat(level.objects()).extracting(ObjectStore.Stat::key).containsExactly(folder + "a");
        assertThat(level.folders()).containsExactlyInAnyOrder(folder + "b/", folder + "c d/");
        assertThat(store().level(prefix + "none/")).isEqualTo(new ObjectStore.Level(List.of(), List.of()));
        var seen = new ArrayList<ObjectStore.Stat>();
        store().scan(folder, seen::add);
        assertThat(seen)
                .containsExactlyInAnyOrderElementsOf(store().list(folder))
                .hasSize(4);
        assertThat(store().stat(folder + "a"))
                .contains(seen.stream()
                        .filter(object -> object.key().equals(folder + "a"))
                        .findFirst()
                        .orElseThrow());
    }

    @Test
    void deletesAndForgivesAMissingKey() throws Exception {
        store().write(prefix + "gone", text("x"), BINARY);

        store().delete(prefix + "gone");
        store().delete(prefix + "gone");

        assertThat(store().stat(prefix + "gone")).isEmpty();
    }

    @Test
    void passesTheConditionalWriteProbeAndLeavesNothingBehind() throws Exception {
        ConditionalWriteProbe.check(store());

        assertThat(store().list("probe/")).isEmpty();
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] random(int length, long seed) {
        var bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }
}
