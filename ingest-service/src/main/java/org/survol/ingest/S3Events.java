// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.survol.core.BadInputException;

/**
 * Reads the notifications of S3 servers: {@code {"Records": [{"eventName", "s3": {"bucket": {"name"}, "object": {"key",
 * "size"}}}]}}, as AWS defined them and MinIO, Ceph, SeaweedFS and VersityGW emit them. Small and flat by definition; what
 * is neither is refused before it is held in memory.
 */
final class S3Events {

    /** Far above what a server bundles (AWS: one). */
    static final int MAX_RECORDS = 1_000;

    static final int MAX_BYTES = 1 << 20;

    private static final int MAX_DEPTH = 24;
    private static final int MAX_STRING = 8_192;

    private static final ObjectReader READER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MAX_DEPTH)
                            .maxStringLength(MAX_STRING)
                            .maxNameLength(256)
                            .maxNumberLength(64)
                            .build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build()
            .reader();

    private S3Events() {}

    /**
     * Something that happened to an object.
     *
     * @param name for example {@code ObjectCreated:Put}, without the prefix {@code s3:}
     * @param key decoded; some servers send keys as they are, so see {@code rawKey}
     * @param rawKey as it stands in the notification
     * @param bytes the object's length, where the server says it
     */
    record ObjectEvent(String name, String bucket, String key, String rawKey, OptionalLong bytes) {

        boolean isCreation() {
            return name.startsWith("ObjectCreated:");
        }
    }

    /**
     * @return empty for the message by which a server tries whether it is heard
     * @throws BadInputException when this is no such notification
     */
    static List<ObjectEvent> parse(byte[] json) {
        if (json.length > MAX_BYTES) {
            throw refused("it has " + json.length + " bytes, more than " + MAX_BYTES, null);
        }
        JsonNode message;
        try {
            message = READER.readTree(json);
        } catch (IOException e) {
            throw refused("it is not JSON of the form that S3 servers send", e);
        }
        if (isTest(message)) {
            return List.of();
        }
        var records = message.path("Records");
        if (!records.isArray() || records.isEmpty()) {
            throw refused("it has no Records", null);
        }
        if (records.size() > MAX_RECORDS) {
            throw refused("it has " + records.size() + " records, more than " + MAX_RECORDS, null);
        }
        var events = new ArrayList<ObjectEvent>();
        for (int i = 0; i < records.size(); i++) {
            events.add(event(records.get(i), "Records[" + i + "]"));
        }
        return events;
    }

    private static boolean isTest(JsonNode message) {
        return message.path("Event").asText("").equals("s3:TestEvent");
    }

    private static ObjectEvent event(JsonNode record, String where) {
        var name = text(record.path("eventName"), where + ".eventName");
        var s3 = record.path("s3");
        var bucket = text(s3.path("bucket").path("name"), where + ".s3.bucket.name");
        var object = s3.path("object");
        var raw = text(object.path("key"), where + ".s3.object.key");
        return new ObjectEvent(
                name.startsWith("s3:") ? name.substring("s3:".length()) : name,
                bucket,
                decoded(raw),
                raw,
                size(object));
    }

    private static String text(JsonNode value, String field) {
        if (!value.isTextual() || value.asText().isEmpty()) {
            throw refused(field + " is missing", null);
        }
        return value.asText();
    }

    private static OptionalLong size(JsonNode object) {
        var size = object.path("size");
        return size.canConvertToLong() && size.isIntegralNumber() && size.asLong() >= 0
                ? OptionalLong.of(size.asLong())
                : OptionalLong.empty();
    }

    /** A key that is no valid encoding was not encoded. */
    private static String decoded(String key) {
        try {
            return URLDecoder.decode(key, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return key;
        }
    }

    private static BadInputException refused(String reason, Throwable cause) {
        return new BadInputException(
                "notification",
                reason,
                "Send S3 event notifications in JSON to this topic or address, and nothing else",
                cause);
    }
}
