// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.survol.core.BadInputException;
import org.survol.ingest.S3Events.ObjectEvent;

class S3EventsTest {

    @Test
    void readsWhatMinioSends() {
        var events = parse("""
                {"EventName": "s3:ObjectCreated:Put", "Key": "survol/inbox/x/item.json", "Records": [{
                  "eventVersion": "2.0", "eventSource": "minio:s3", "awsRegion": "", "eventTime": "2026-11-22T20:14:31.552Z",
                  "eventName": "s3:ObjectCreated:Put", "userIdentity": {"principalId": "minio"},
                  "s3": {"s3SchemaVersion": "1.0", "configurationId": "Config",
                    "bucket": {"name": "survol", "ownerIdentity": {"principalId": "minio"}, "arn": "arn:aws:s3:::survol"},
                    "object": {"key": "inbox%2Fx%2Fitem.json", "size": 17, "eTag": "c4ca4238a0b923820dcc509a6f75849b",
                      "contentType": "application/json", "userMetadata": {"a": "b"}, "sequencer": "17A5F3"}}}]}""");

        assertThat(events)
                .containsExactly(new ObjectEvent(
                        "ObjectCreated:Put",
                        "survol",
                        "inbox/x/item.json",
                        "inbox%2Fx%2Fitem.json",
                        OptionalLong.of(17)));
        assertThat(events.getFirst().isCreation()).isTrue();
    }

    @Test
    void readsWhatCephAndAwsSend() {
        var events = parse("""
                {"Records": [
                  {"eventName": "ObjectCreated:CompleteMultipartUpload",
                   "s3": {"bucket": {"name": "survol"}, "object": {"key": "inbox/a+b/%C3%A9.tif", "size": 5000000000}}},
                  {"eventName": "ObjectRemoved:Delete",
                   "s3": {"bucket": {"name": "survol"}, "object": {"key": "inbox/x"}}}]}""");

        assertThat(events).extracting(ObjectEvent::key).containsExactly("inbox/a b/é.tif", "inbox/x");
        assertThat(events).extracting(ObjectEvent::isCreation).containsExactly(true, false);
        assertThat(events)
                .extracting(ObjectEvent::bytes)
                .containsExactly(OptionalLong.of(5_000_000_000L), OptionalLong.empty());
    }

    @Test
    void aTestMessageIsNoEvent() {
        assertThat(parse("""
                {"Service": "S3", "Event": "s3:TestEvent", "Time": "2026-11-22T20:14:31Z", "Bucket": "survol"}""")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"50%25.tif, 50%.tif", "50%.tif, 50%.tif", "a%2Bb.tif, a+b.tif", "a+b.tif, a b.tif"})
    void decodesKeysThatAreEncoded(String sent, String key) {
        var event = parse(record("ObjectCreated:Put", "survol", sent)).getFirst();

        assertThat(event.key()).isEqualTo(key);
        assertThat(event.rawKey()).isEqualTo(sent);
    }

    static Stream<String> refused() {
        return Stream.of(
                "",
                "null",
                "[]",
                "17",
                "{}",
                "not json",
                "{\"Records\": {}}",
                "{\"Records\": []}",
                "{\"Records\": [17]}",
                "{\"Records\": [{\"eventName\": \"ObjectCreated:Put\"}]}",
                record("", "survol", "inbox/x"),
                record("ObjectCreated:Put", "", "inbox/x"),
                record("ObjectCreated:Put", "survol", ""),
                record("ObjectCreated:Put", "survol", "x".repeat(9_000)),
                record("ObjectCreated:Put", "survol", "inbox/x") + "{}",
                record("ObjectCreated:Put", "survol", "inbox/x").substring(0, 60),
                "[".repeat(100_000),
                "{\"Records\": " + "[".repeat(500) + "]".repeat(500) + "}",
                "{\"Records\": [" + "{},".repeat(2_000) + "{}]}",
                " ".repeat(S3Events.MAX_BYTES + 1));
    }

    @ParameterizedTest
    @MethodSource
    void refused(String message) {
        assertThatThrownBy(() -> parse(message)).isInstanceOfSatisfying(BadInputException.class, e -> {
            assertThat(e.reason()).isNotBlank();
            assertThat(e.mend()).contains("S3 event notifications");
        });
    }

    static String record(String event, String bucket, String key) {
        return "{\"Records\": [{\"eventName\": \"" + event + "\", \"s3\": {\"bucket\": {\"name\": \"" + bucket
                + "\"}, \"object\": {\"key\": \"" + key + "\"}}}]}";
    }

    private static List<ObjectEvent> parse(String message) {
        return S3Events.parse(message.getBytes(StandardCharsets.UTF_8));
    }
}
