// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog;

import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HEAD;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.EntityTag;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Request;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.StreamingOutput;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.survol.core.store.ObjectStore;
import org.survol.core.store.StoreLayout;

/** Results as they lie in the store, whole or by range, so that GDAL can read them through HTTP. */
@Path("/files/{key: .+}")
@Blocking
@Produces(MediaType.WILDCARD)
class FileResource {

    /** What was delivered, and models, are not handed out. */
    private static final List<String> PREFIXES = List.of("products/", "runs/", StoreLayout.EXPORTS);

    private static final Pattern KEY = Pattern.compile("[A-Za-z0-9._/-]{1,512}");
    private static final Pattern RANGE = Pattern.compile("bytes=(\\d{0,18})-(\\d{0,18})");
    private static final int PART_BYTES = 4 << 20;

    private final ObjectStore objects;

    FileResource(ObjectStore objects) {
        this.objects = objects;
    }

    /** First and last byte, inclusive. */
    private record ByteRange(long first, long last) {}

    @HEAD
    public Response head(@PathParam("key") String key) throws IOException {
        var stat = stat(key);
        return described(Response.ok(), stat)
                .header("Content-Length", stat.bytes())
                .build();
    }

    @GET
    public Response get(
            @PathParam("key") String key,
            @HeaderParam("Range") Optional<String> rangeText,
            @HeaderParam("If-Range") Optional<String> ifRange,
            @Context Request request)
            throws IOException {
        var stat = stat(key);
        var unchanged = request.evaluatePreconditions(tag(stat));
        if (unchanged != null) {
            return described(unchanged, stat).build();
        }
        boolean ranged =
                ifRange.isEmpty() || ifRange.get().equals("\"" + tag(stat).getValue() + "\"");
        var matcher = ranged
                ? rangeText.map(RANGE::matcher).filter(m -> m.matches())
                : Optional.<java.util.regex.Matcher>empty();
        // several ranges in one request are answered with the whole, which RFC 9110 allows
        if (matcher.isEmpty()
                || (matcher.get().group(1).isEmpty() && matcher.get().group(2).isEmpty())) {
            return described(Response.ok(stream(stat, new ByteRange(0, stat.bytes() - 1))), stat)
                    .header("Content-Length", stat.bytes())
                    .build();
        }
        var range = range(matcher.get().group(1), matcher.get().group(2), stat.bytes());
        if (range.first() > range.last() || range.first() >= stat.bytes()) {
            return Response.status(416)
                    .header("Content-Range", "bytes */" + stat.bytes())
                    .build();
        }
        return described(Response.status(206).entity(stream(stat, range)), stat)
                .header("Content-Range", "bytes " + range.first() + "-" + range.last() + "/" + stat.bytes())
                .header("Content-Length", range.last() - range.first() + 1)
                .build();
    }

    private static ByteRange range(String first, String last, long bytes) {
        if (first.isEmpty()) {
            // the last so many
            return new ByteRange(Math.max(0, bytes - Long.parseLong(last)), bytes - 1);
        }
        return new ByteRange(
                Long.parseLong(first), last.isEmpty() ? bytes - 1 : Math.min(bytes - 1, Long.parseLong(last)));
    }

    private StreamingOutput stream(ObjectStore.Stat stat, ByteRange range) {
        return out -> {
            for (long at = range.first(); at <= range.last(); at += PART_BYTES) {
                out.write(objects.read(stat.key(), at, (int) Math.min(PART_BYTES, range.last() + 1 - at)));
            }
        };
    }

    private ObjectStore.Stat stat(String key) throws IOException {
        boolean allowed = KEY.matcher(key).matches()
                && !key.contains("..")
                && !key.contains("//")
                && PREFIXES.stream().anyMatch(key::startsWith);
        return (allowed ? objects.stat(key) : Optional.<ObjectStore.Stat>empty())
                .orElseThrow(() -> Problem.notFound("there is no such file"));
    }

    private static EntityTag tag(ObjectStore.Stat stat) {
        return new EntityTag(stat.etag().replace("\"", ""));
    }

    private static Response.ResponseBuilder described(Response.ResponseBuilder response, ObjectStore.Stat stat) {
        var name = stat.key().substring(stat.key().lastIndexOf('/') + 1);
        return response.type(mediaType(name))
                .tag(tag(stat))
                .header("Accept-Ranges", "bytes")
                .header("Cache-Control", "public, max-age=60")
                .header("Content-Disposition", "attachment; filename=\"" + downloadName(stat.key()) + "\"");
    }

    /** {@code products/lille-2024/4f2a/map.gpkg} is saved as {@code lille-2024_4f2a_map.gpkg}. */
    static String downloadName(String key) {
        var parts = key.split("/");
        int length = parts.length;
        return parts.length < 4
                ? parts[length - 1]
                : String.join("_", List.of(parts).subList(1, length)).replace("_tiles_", "_");
    }

    private static String mediaType(String name) {
        return switch (name.substring(name.lastIndexOf('.') + 1)) {
            case "tif" -> "image/tiff; application=geotiff; profile=cloud-optimized";
            case "json" -> "application/json";
            case "xml" -> "application/xml";
            case "gpkg" -> "application/geopackage+sqlite3";
            case "fgb" -> "application/vnd.flatgeobuf";
            case "parquet" -> "application/vnd.apache.parquet";
            case "geojson" -> "application/geo+json";
            case "csv" -> "text/csv; charset=UTF-8";
            case "pmtiles" -> "application/vnd.pmtiles";
            default -> "application/octet-stream";
        };
    }
}
