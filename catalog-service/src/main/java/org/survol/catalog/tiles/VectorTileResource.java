// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.tiles;

import static org.survol.catalog.Links.link;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quarkus.vertx.http.Compressed;
import io.smallrye.common.annotation.Blocking;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.EntityTag;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Request;
import jakarta.ws.rs.core.Response;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import org.survol.catalog.BlockCache;
import org.survol.catalog.LruCache;
import org.survol.catalog.Parameters;
import org.survol.catalog.Problem;
import org.survol.catalog.PublicUrl;
import org.survol.catalog.PublishedMaps;
import org.survol.core.Digest;
import org.survol.core.Json;
import org.survol.core.store.ObjectRef;

/** OGC API Tiles over the products' PMTiles: Mapbox Vector Tiles of a map in WebMercatorQuad, handed on as they are stored. */
@Path("/ogc/collections/{id}/tiles")
@Blocking
@Produces(MediaType.APPLICATION_JSON)
class VectorTileResource {

    private static final String MVT = "application/vnd.mapbox-vector-tile";
    private static final String TILE_MATRIX_SET = "WebMercatorQuad";
    private static final String DEFINITION = "http://www.opengis.net/def/tilematrixset/OGC/1.0/" + TILE_MATRIX_SET;
    private static final String CRS = "http://www.opengis.net/def/crs/EPSG/0/3857";
    private static final String CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84";
    private static final String OGC_REL = "http://www.opengis.net/def/rel/ogc/1.0/";
    private static final String DATA_TYPE = "dataType";
    private static final String VECTOR = "vector";
    private static final String PMTILES = "pmtiles";
    private static final int FILES_KEPT = 64;
    private static final long DIRECTORY_BYTES_KEPT = 16 << 20;
    /** How long a map is taken to have the files it had: far less than clients keep a tile. */
    private static final long KEPT_NANOS = Duration.ofSeconds(2).toNanos();

    private static final int MAPS_KEPT = 1_000;
    /** {@code gzip} not followed by a quality of zero. */
    private static final Pattern TAKES_GZIP =
            Pattern.compile("(^|,)\\s*(gzip|\\*)\\s*(;\\s*q=(1(\\.0*)?|0\\.\\d*[1-9]\\d*))?\\s*(,|$)");

    private final PublishedMaps maps;
    private final BlockCache blocks;
    private final PublicUrl url;
    private final LruCache<PmTiles.DirectoryKey, PmTiles.Directory> directories = new LruCache<>(
            DIRECTORY_BYTES_KEPT, directory -> (long) directory.size() * PmTiles.Directory.ENTRY_BYTES + 1);
    private final LruCache<String, Looked> looked = new LruCache<>(MAPS_KEPT, known -> 1);
    private final LruCache<String, PmTiles> archives = new LruCache<>(FILES_KEPT, archive -> 1);

    /** Where a map's tiles lie, and when that was looked up, by {@link System#nanoTime}. */
    private record Looked(ObjectRef object, long at) {}

    VectorTileResource(PublishedMaps maps, BlockCache blocks, PublicUrl url) {
        this.maps = maps;
        this.blocks = blocks;
        this.url = url;
    }

    @GET
    public ObjectNode tilesets(@PathParam("id") String id) throws IOException {
        var archive = archive(object(id));
        var document = Json.MAPPER.createObjectNode();
        var tileset = head(document.putArray("tilesets").addObject(), archive, id);
        link(tileset.putArray("links"), "self", tilesetUrl(id), MediaType.APPLICATION_JSON);
        link(document.putArray("links"), "self", tilesUrl(id), MediaType.APPLICATION_JSON);
        return document;
    }

    /** @param format {@code json} as OGC describes tilesets, or {@code tilejson} as web maps read them */
    @GET
    @Path(TILE_MATRIX_SET)
    public ObjectNode tileset(@PathParam("id") String id, @QueryParam("f") @DefaultValue("json") String format)
            throws IOException {
        var archive = archive(object(id));
        return switch (format) {
            case "json", "html" -> tileset(id, archive);
            case "tilejson" -> tileJson(id, archive);
            default ->
                throw Problem.badRequest("f must be json, html or tilejson, not \"" + Parameters.shown(format) + "\"");
        };
    }

    private ObjectNode tileset(String id, PmTiles archive) throws IOException {
        var tileset = head(Json.MAPPER.createObjectNode(), archive, id);
        var box = archive.bounds();
        var bounds = tileset.putObject("boundingBox").put("crs", CRS84);
        bounds.putArray("lowerLeft").add(box.west()).add(box.south());
        bounds.putArray("upperRight").add(box.east()).add(box.north());
        var limits = tileset.putArray("tileMatrixSetLimits");
        for (int zoom = archive.minZoom(); zoom <= archive.maxZoom(); zoom++) {
            limits.addObject()
                    .put("tileMatrix", Integer.toString(zoom))
                    .put("minTileRow", WebMercator.row(zoom, box.north()))
                    .put("maxTileRow", WebMercator.row(zoom, box.south()))
                    .put("minTileCol", WebMercator.column(zoom, box.west()))
                    .put("maxTileCol", WebMercator.column(zoom, box.east()));
        }
        var layers = tileset.putArray("layers");
        for (var described : archive.metadata().path("vector_layers")) {
            var layer = layers.addObject()
                    .put("id", described.path("id").asText())
                    .put(DATA_TYPE, VECTOR)
                    .put("geometryDimension", 2)
                    .put("minTileMatrix", Integer.toString(archive.minZoom()))
                    .put("maxTileMatrix", Integer.toString(archive.maxZoom()));
            var properties =
                    layer.putObject("propertiesSchema").put("type", "object").putObject("properties");
            for (var field : described.path("fields").properties()) {
                properties
                        .putObject(field.getKey())
                        .put("type", field.getValue().asText().equals("Number") ? "number" : "string");
            }
        }
        var links = tileset.putArray("links");
        link(links, "self", tilesetUrl(id), MediaType.APPLICATION_JSON);
        link(links, "item", tilesetUrl(id) + "/{tileMatrix}/{tileRow}/{tileCol}", MVT)
                .put("templated", true);
        link(links, OGC_REL + "tiling-scheme", DEFINITION, MediaType.APPLICATION_JSON);
        link(links, "alternate", tilesetUrl(id) + "?f=tilejson", MediaType.APPLICATION_JSON)
                .put("title", "TileJSON");
        return tileset;
    }

    private ObjectNode tileJson(String id, PmTiles archive) throws IOException {
        var document = Json.MAPPER.createObjectNode();
        document.put("tilejson", "3.0.0");
        document.put("name", archive.metadata().path("name").asText(id));
        document.putArray("tiles").add(tilesetUrl(id) + "/{z}/{y}/{x}");
        document.put("minzoom", archive.minZoom()).put("maxzoom", archive.maxZoom());
        var box = archive.bounds();
        document.putArray("bounds")
                .add(box.west())
                .add(box.south())
                .add(box.east())
                .add(box.north());
        document.set("vector_layers", archive.metadata().path("vector_layers"));
        return document;
    }

    private static ObjectNode head(ObjectNode tileset, PmTiles archive, String id) throws IOException {
        return tileset.put("title", archive.metadata().path("name").asText(id))
                .put(DATA_TYPE, VECTOR)
                .put("crs", CRS)
                .put("tileMatrixSetURI", DEFINITION);
    }

    /** 204 where nothing is mapped. */
    @GET
    @Path(TILE_MATRIX_SET + "/{tileMatrix}/{tileRow}/{tileCol}")
    @Produces(MVT)
    // or else Quarkus declares what it does not compress itself to be plain
    @Compressed
    public Response tile(
            @PathParam("id") String id,
            @PathParam("tileMatrix") String zoomText,
            @PathParam("tileRow") String rowText,
            @PathParam("tileCol") String columnText,
            @HeaderParam("Accept-Encoding") @DefaultValue("") String encodings,
            @Context Request request,
            @Context HttpServerRequest connection)
            throws IOException {
        var object = object(id);
        var archive = archive(object);
        int zoom = number("tileMatrix", zoomText, archive.minZoom(), archive.maxZoom());
        int row = number("tileRow", rowText, 0, (1 << zoom) - 1);
        int column = number("tileCol", columnText, 0, (1 << zoom) - 1);
        // over HTTP/2 the server packs whatever is declared as packed once more
        boolean packed = connection.version() != HttpVersion.HTTP_2
                && TAKES_GZIP.matcher(encodings).find();
        var tag = new EntityTag(Digest.shortened(Digest.ofParts(object.sha256(), zoom, row, column, packed)));
        var unchanged = request.evaluatePreconditions(tag);
        if (unchanged != null) {
            return described(unchanged, tag).build();
        }
        var tile = archive.tile(zoom, column, row);
        if (tile.isEmpty()) {
            return described(Response.noContent(), tag).build();
        }
        return packed
                ? described(Response.ok(tile.get(), MVT), tag)
                        .header("Content-Encoding", "gzip")
                        .build()
                : described(Response.ok(unpacked(tile.get()), MVT), tag).build();
    }

    private static Response.ResponseBuilder described(Response.ResponseBuilder response, EntityTag tag) {
        return response.tag(tag).header("Vary", "Accept-Encoding").header("Cache-Control", "public, max-age=60");
    }

    private static byte[] unpacked(byte[] tile) throws IOException {
        try (var in = new GZIPInputStream(new ByteArrayInputStream(tile))) {
            return in.readAllBytes();
        }
    }

    private static int number(String name, String text, int least, int most) {
        try {
            int number = Integer.parseInt(text);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // told below
        }
        throw Problem.notFound("there is no such tile: " + name + " is " + least + " to " + most + " here, not \""
                + Parameters.shown(text) + "\"");
    }

    private ObjectRef object(String id) {
        long now = System.nanoTime();
        var known = looked.get(id);
        if (known.isPresent() && now - known.get().at < KEPT_NANOS) {
            return known.get().object;
        }
        var object = maps.named(id).file(PMTILES, "vector tiles");
        looked.put(id, new Looked(object, now));
        return object;
    }

    private PmTiles archive(ObjectRef object) throws IOException {
        var identity = object.key() + " " + object.sha256();
        var known = archives.get(identity);
        if (known.isPresent()) {
            return known.get();
        }
        var archive = PmTiles.open(blocks.open(object), identity, directories);
        archives.put(identity, archive);
        return archive;
    }

    private String tilesUrl(String id) {
        return url.of("ogc", "collections", id, "tiles");
    }

    private String tilesetUrl(String id) {
        return url.of("ogc", "collections", id, "tiles", TILE_MATRIX_SET);
    }
}
