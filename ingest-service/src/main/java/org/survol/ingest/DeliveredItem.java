// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Pattern;
import org.survol.core.BadInputException;
import org.survol.core.Json;
import org.survol.core.crs.Crs;
import org.survol.core.event.RunRef;
import org.survol.core.plan.Plan.Role;
import org.survol.core.plan.Plan.Stretch;
import org.survol.core.store.StoreLayout;

/**
 * The parts of a delivered STAC Item that decide something. Only its structure is checked here; whether the files exist
 * and are images is the planner's business.
 *
 * @param datetime when the images were taken; the end of the interval where the Item gives one
 * @param model name of the model that is asked for
 * @param territory EPSG code of the CRS that the acquisition shall be mapped in
 * @param ofGeneratedScene whether the Item says from which seed its scene was made
 * @param assets the image files, by asset name
 */
record DeliveredItem(
        String id,
        Instant datetime,
        Optional<String> model,
        OptionalInt territory,
        boolean ofGeneratedScene,
        List<DeliveredAsset> assets) {

    /**
     * @param key object key in our bucket, or the whole address of an object in another one
     * @param role absent: to be told from the file
     * @param sha256 as the sender states it, lower-case hex
     * @param bytes as the sender states it
     * @param datetime where this file's date differs from the Item's
     * @param epsg CRS that the sender states for this file or, for all of them, in the Item's properties
     * @param stretch from 16 bits to 8, band by band, that the sender states likewise; empty: to be estimated
     */
    record DeliveredAsset(
            String name,
            String key,
            Optional<Role> role,
            Optional<String> sha256,
            OptionalLong bytes,
            Optional<Instant> datetime,
            OptionalInt epsg,
            List<Stretch> stretch) {
        DeliveredAsset {
            stretch = List.copyOf(stretch);
        }
    }

    private static final Pattern MODEL_NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,62}");
    private static final Pattern SHA256_MULTIHASH = Pattern.compile("1220([0-9a-f]{64})");
    private static final Pattern SCHEME = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]*:.*");
    private static final Pattern OTHER_BUCKET = Pattern.compile("s3://([a-z0-9][a-z0-9.-]{1,62})/(.*)", Pattern.DOTALL);
    private static final Pattern EPSG_CODE = Pattern.compile("(?i)EPSG:(\\d{4,6})");
    private static final int MAX_BANDS = 100;
    static final int MAX_ASSETS = 10_000;
    static final int MAX_KEY_LENGTH = 900;

    /** STAC asset roles of files that accompany the images. */
    private static final Set<String> NOT_IMAGES = Set.of("thumbnail", "overview", "metadata");

    /** A key that stands twice would mean one thing to us and another to the next reader. */
    private static final ObjectReader READER = Json.MAPPER
            .reader()
            .with(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private static final ObjectWriter CANONICAL = Json.MAPPER.writer(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS);

    DeliveredItem {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(datetime, "datetime");
        assets = List.copyOf(assets);
    }

    /** The asset of that name, which there must be. */
    DeliveredAsset asset(String name) {
        return assets.stream()
                .filter(asset -> asset.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /**
     * The same Item in one spelling: keys sorted, no white space, image hrefs whole. Two deliveries are the same when
     * these bytes are.
     *
     * @param json that this was parsed from
     */
    byte[] canonical(byte[] json, String bucket) {
        var item = tree(json);
        for (var asset : assets) {
            ((ObjectNode) item.path("assets").path(asset.name()))
                    .put("href", isElsewhere(asset.key()) ? asset.key() : "s3://" + bucket + "/" + asset.key());
        }
        try {
            return CANONICAL.writeValueAsBytes(Json.MAPPER.treeToValue(item, Object.class));
        } catch (IOException e) {
            throw notJson(e);
        }
    }

    /** Whether these bytes are meant as a STAC Item, sound or not. */
    static boolean isMeantByIt(byte[] json) {
        try {
            var item = tree(json);
            return item.path("type").asText("").equals("Feature")
                    && item.path("assets").isObject();
        } catch (BadInputException e) {
            return false;
        }
    }

    static DeliveredItem parse(byte[] json, String bucket) {
        return parse(json, bucket, Set.of(), Optional.empty());
    }

    static DeliveredItem parse(byte[] json, IngestConfig config, Optional<String> folder) {
        return parse(json, config.bucket(), config.allowedBuckets(), folder);
    }

    /**
     * @param bucket that everything lies in
     * @param others buckets of the same store that hrefs may name too
     * @param folder what relative hrefs count from, with a slash at its end; the acquisition's own inbox when absent
     * @throws BadInputException naming the field that is wrong
     */
    private static DeliveredItem parse(byte[] json, String bucket, Set<String> others, Optional<String> folder) {
        var item = tree(json);
        var id = item.path("id").asText("");
        if (!RunRef.ID.matcher(id).matches() || id.contains("..")) {
            throw refused(
                    "id",
                    "is not usable as a name",
                    "Give the Item an id of 1 to 128 letters, digits, dots, dashes and underscores that starts with a letter or digit");
        }
        if (!item.path("type").asText("").equals("Feature")) {
            throw refused("type", "is not \"Feature\"", "Send a STAC Item, not a Collection or a bare asset list");
        }
        var properties = item.path("properties");
        return new DeliveredItem(
                id,
                datetime(properties),
                model(properties),
                territory(properties),
                properties.hasNonNull("survol:seed"),
                assets(new Place(folder.orElse(StoreLayout.inbox(id, "")), bucket, others), item));
    }

    /** @throws BadInputException when this cannot be a model's name */
    static String modelName(String field, String name) {
        if (!MODEL_NAME.matcher(name).matches()) {
            throw refused(
                    field,
                    "is not a model's name",
                    "Name a model by the file name it has under models/, without .onnx");
        }
        return name;
    }

    private static JsonNode tree(byte[] json) {
        try {
            var tree = READER.readTree(json);
            if (!tree.isObject()) {
                throw notJson(null);
            }
            return tree;
        } catch (IOException e) {
            throw notJson(e);
        }
    }

    private static Instant datetime(JsonNode properties) {
        for (var field : List.of("datetime", "end_datetime", "start_datetime")) {
            if (properties.hasNonNull(field)) {
                return instant("properties." + field, properties.get(field).asText());
            }
        }
        throw refused(
                "properties.datetime",
                "is missing",
                "State when the images were taken, for example 2026-06-21T10:00:00Z");
    }

    private static Instant instant(String field, String text) {
        try {
            return OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeException e) {
            throw refused(field, "is not a date and time", "Write it as in 2026-06-21T10:00:00Z");
        }
    }

    private static Optional<String> model(JsonNode properties) {
        return properties.hasNonNull("survol:model")
                ? Optional.of(modelName(
                        "properties.survol:model",
                        properties.get("survol:model").asText()))
                : Optional.empty();
    }

    private static List<DeliveredAsset> assets(Place place, JsonNode item) {
        var assets = item.path("assets");
        var ofAll = item.path("properties");
        var epsg = epsg("properties", ofAll);
        var stretch = stretch("properties", ofAll);
        if (!assets.isObject() || assets.isEmpty()) {
            throw refused("assets", "is missing or empty", "List every delivered image file as an asset");
        }
        if (assets.size() > MAX_ASSETS) {
            throw refused(
                    "assets",
                    "lists " + assets.size() + " files, more than " + MAX_ASSETS,
                    "Deliver the flight in several acquisitions");
        }
        var found = new ArrayList<DeliveredAsset>();
        var keys = new HashSet<String>();
        for (var entry : assets.properties()) {
            if (isImage(entry.getValue())) {
                var asset = asset(place, entry.getKey(), entry.getValue(), epsg, stretch);
                if (!keys.add(asset.key())) {
                    throw refused(
                            "assets." + asset.name() + ".href",
                            "names a file that another asset names too",
                            "List each file once");
                }
                found.add(asset);
            }
        }
        if (found.isEmpty()) {
            throw refused("assets", "lists no image, only thumbnails and metadata", "List the image files as assets");
        }
        return found;
    }

    private static boolean isImage(JsonNode asset) {
        for (var role : asset.path("roles")) {
            if (NOT_IMAGES.contains(role.asText())) {
                return false;
            }
        }
        return true;
    }

    private static DeliveredAsset asset(
            Place place, String name, JsonNode asset, OptionalInt itemEpsg, List<Stretch> itemStretch) {
        var field = "assets." + name;
        var epsg = epsg(field, asset);
        var stretch = stretch(field, asset);
        return new DeliveredAsset(
                name,
                key(place, field + ".href", asset.path("href").asText("")),
                role(field + ".survol:role", asset),
                sha256(field + ".file:checksum", asset),
                bytes(field + ".file:size", asset),
                asset.hasNonNull("datetime")
                        ? Optional.of(instant(
                                field + ".datetime", asset.get("datetime").asText()))
                        : Optional.empty(),
                epsg.isPresent() ? epsg : itemEpsg,
                stretch.isEmpty() ? itemStretch : stretch);
    }

    /** {@code [[low, high], ...]}, one pair per band. */
    private static List<Stretch> stretch(String field, JsonNode node) {
        if (!node.hasNonNull("survol:stretch")) {
            return List.of();
        }
        var pairs = node.get("survol:stretch");
        var stretch = new ArrayList<Stretch>();
        for (var pair : pairs) {
            double low = pair.path(0).asDouble(Double.NaN);
            double high = pair.path(1).asDouble(Double.NaN);
            if (pair.size() != 2 || !Double.isFinite(low) || !Double.isFinite(high) || low >= high) {
                stretch.clear();
                break;
            }
            stretch.add(new Stretch(low, high));
        }
        if (!pairs.isArray() || stretch.isEmpty() || stretch.size() > MAX_BANDS) {
            throw refused(
                    field + ".survol:stretch",
                    "is not one pair of ascending numbers per band",
                    "Write it as in [[210, 3900], [190, 3400], [150, 3100]], or leave it out to have it estimated");
        }
        return stretch;
    }

    private static OptionalInt territory(JsonNode properties) {
        var field = "survol:territory";
        if (!properties.hasNonNull(field)) {
            return OptionalInt.empty();
        }
        var code = EPSG_CODE.matcher(properties.get(field).asText());
        var mend = "Write the code of a projected CRS in metres, as in EPSG:2154";
        if (!code.matches()) {
            throw refused("properties." + field, "is not an EPSG code", mend);
        }
        int epsg = Integer.parseInt(code.group(1));
        try {
            if (Crs.ofEpsg(epsg).isProjectedInMetres()) {
                return OptionalInt.of(epsg);
            }
        } catch (BadInputException e) {
            throw refused("properties." + field, "names no CRS of the EPSG registry", mend);
        }
        throw refused("properties." + field, "is not a projected CRS in metres", mend);
    }

    /** {@code proj:code} of the projection extension, or {@code proj:epsg} of its versions before 2.0. */
    private static OptionalInt epsg(String field, JsonNode node) {
        if (node.hasNonNull("proj:code")) {
            var code = EPSG_CODE.matcher(node.get("proj:code").asText());
            if (!code.matches()) {
                throw refused(field + ".proj:code", "is not an EPSG code", "Write it as in EPSG:2154");
            }
            return OptionalInt.of(Integer.parseInt(code.group(1)));
        }
        if (node.hasNonNull("proj:epsg")) {
            int code = node.get("proj:epsg").asInt(0);
            if (code < 1) {
                throw refused(field + ".proj:epsg", "is not an EPSG code", "Write it as a number, as in 2154");
            }
            return OptionalInt.of(code);
        }
        return OptionalInt.empty();
    }

    private static Optional<Role> role(String field, JsonNode asset) {
        if (!asset.hasNonNull("survol:role")) {
            return Optional.empty();
        }
        try {
            return Optional.of(Role.valueOf(asset.get("survol:role").asText()));
        } catch (IllegalArgumentException e) {
            throw refused(field, "is not a role", "Use RGB, IRC, RGBI, DSM or DTM");
        }
    }

    private static Optional<String> sha256(String field, JsonNode asset) {
        if (!asset.hasNonNull("file:checksum")) {
            return Optional.empty();
        }
        var multihash = SHA256_MULTIHASH.matcher(asset.get("file:checksum").asText());
        if (!multihash.matches()) {
            throw refused(
                    field, "is not a SHA-256 multihash", "Write 1220 followed by the file's SHA-256 in lower-case hex");
        }
        return Optional.of(multihash.group(1));
    }

    private static OptionalLong bytes(String field, JsonNode asset) {
        if (!asset.hasNonNull("file:size")) {
            return OptionalLong.empty();
        }
        var size = asset.get("file:size");
        if (!size.canConvertToLong() || size.asLong() < 0) {
            throw refused(field, "is not a size in bytes", "Write the file's length as a whole number");
        }
        return OptionalLong.of(size.asLong());
    }

    /** Where an Item lies, and what it may name. */
    private record Place(String folder, String bucket, Set<String> others) {}

    /** Whether a key names another bucket: then it is a whole address. */
    private static boolean isElsewhere(String key) {
        return key.startsWith("s3://");
    }

    /** Our bucket, the Item's own folder or a bucket that is allowed; nothing else can be reached, whoever writes the href. */
    private static String key(Place place, String field, String href) {
        var bucket = place.bucket();
        var ours = "s3://" + bucket + "/";
        var elsewhere = OTHER_BUCKET.matcher(href);
        String path;
        String key;
        if (href.startsWith(ours)) {
            path = href.substring(ours.length());
            key = path;
        } else if (elsewhere.matches() && place.others().contains(elsewhere.group(1))) {
            path = elsewhere.group(2);
            key = href;
        } else if (SCHEME.matcher(href).matches() || href.startsWith("//")) {
            throw refused(
                    field,
                    "points outside this system's bucket",
                    "Upload the file to " + ours + place.folder() + " and name it there"
                            + (elsewhere.matches()
                                    ? ", or add " + elsewhere.group(1) + " to survol.ingest.allowed-buckets"
                                    : ""));
        } else {
            path = href.startsWith("./") ? href.substring(2) : href;
            key = path.startsWith(StoreLayout.INBOX) ? path : place.folder() + path;
        }
        if (!isPlainPath(path) || key.length() > MAX_KEY_LENGTH) {
            throw refused(
                    field,
                    "is not the plain path of a file",
                    "Write s3://" + bucket
                            + "/ and the object's key, or a path that counts from the Item, without .. or empty parts");
        }
        return key;
    }

    /** A key that means the same to everybody: no empty parts, no dots that climb, no control characters. */
    static boolean isPlainPath(String path) {
        if (path.isEmpty() || path.chars().anyMatch(c -> c < ' ' || c == '\\' || c == 0x7f)) {
            return false;
        }
        for (var part : path.split("/", -1)) {
            if (part.isEmpty() || part.equals(".") || part.equals("..")) {
                return false;
            }
        }
        return true;
    }

    private static BadInputException refused(String field, String reason, String mend) {
        return new BadInputException("item.json", field + " " + reason, mend);
    }

    private static BadInputException notJson(Throwable cause) {
        return new BadInputException(
                "item.json", "the acquisition is not one JSON object", "Send a STAC Item as JSON (UTF-8)", cause);
    }
}
