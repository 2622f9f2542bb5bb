// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.stac;

import static org.survol.catalog.Links.link;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.time.LocalDate;
import java.time.Year;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.survol.catalog.Collections;
import org.survol.catalog.Parameters;
import org.survol.catalog.Problem;
import org.survol.catalog.PublicUrl;
import org.survol.catalog.store.CatalogStore;
import org.survol.catalog.store.CatalogStore.TileStage;
import org.survol.catalog.store.ItemEntry;
import org.survol.catalog.store.ItemQuery;
import org.survol.core.Json;
import org.survol.core.event.RunRef;
import org.survol.core.grid.TileAddress;

/**
 * STAC API, Browseable: a tree in which every Item can be reached by links alone, by year, flight, run and row of tiles: no
 * document has more links than a year has flights or a row has tiles. What was registered by hand is found by its year.
 */
@Path("/stac/browse")
@Blocking
@Produces(MediaType.APPLICATION_JSON)
class BrowseResource {

    static final String TITLE = "All Items, by year";

    private final CatalogStore store;
    private final StacItems items;
    private final PublicUrl url;

    BrowseResource(CatalogStore store, StacItems items, PublicUrl url) {
        this.store = store;
        this.items = items;
        this.url = url;
    }

    @GET
    public ObjectNode years() {
        var catalog = catalog(TITLE, url.of("stac"));
        var links = (ArrayNode) catalog.path("links");
        for (var collection : List.of(Collections.ACQUISITIONS, Collections.REFERENCES)) {
            store.count(ItemQuery.ALL.of(collection), Set.of()).byDay().keySet().stream()
                    .map(day -> LocalDate.ofEpochDay(day).getYear())
                    .distinct()
                    .forEach(year -> child(
                            links,
                            KnownCollections.TITLES.get(collection) + ", " + year,
                            collection,
                            Integer.toString(year)));
        }
        return catalog;
    }

    @GET
    @Path("acquisitions/{year}")
    public ObjectNode flights(@PathParam("year") String year) {
        var catalog = catalog("Flights of " + year, url.of("stac", "browse"), Collections.ACQUISITIONS, year);
        var links = (ArrayNode) catalog.path("links");
        for (var flight : ofYear(Collections.ACQUISITIONS, year)) {
            child(links, flight.id(), Collections.ACQUISITIONS, year, flight.id());
        }
        return catalog;
    }

    @GET
    @Path("references/{year}")
    public ObjectNode references(@PathParam("year") String year) {
        var catalog = catalog("Registered by hand, of " + year, url.of("stac", "browse"), Collections.REFERENCES, year);
        var links = (ArrayNode) catalog.path("links");
        for (var reference : ofYear(Collections.REFERENCES, year)) {
            item(links, Collections.REFERENCES, reference.id());
        }
        return catalog;
    }

    @GET
    @Path("acquisitions/{year}/{acquisition}")
    public ObjectNode flight(@PathParam("year") String year, @PathParam("acquisition") String flight) {
        var found = store.search(ItemQuery.one(Collections.ACQUISITIONS, flight)).stream()
                .findFirst()
                .filter(entry -> Integer.toString(yearOf(entry)).equals(year))
                .orElseThrow(() -> nothing(flight));
        var catalog = catalog(
                "Flight " + flight,
                url.of("stac", "browse", Collections.ACQUISITIONS, year),
                Collections.ACQUISITIONS,
                year,
                flight);
        var links = (ArrayNode) catalog.path("links");
        item(links, Collections.ACQUISITIONS, found.id());
        for (var run : store.runs(Optional.of(flight))) {
            // until then it has no Items
            if (run.plannedTiles() > 0) {
                child(
                        links,
                        run.run().run() + ", mapped with " + run.model(),
                        Collections.ACQUISITIONS,
                        year,
                        flight,
                        run.run().run());
            }
        }
        return catalog;
    }

    @GET
    @Path("acquisitions/{year}/{acquisition}/{run}")
    public ObjectNode run(
            @PathParam("year") String year, @PathParam("acquisition") String flight, @PathParam("run") String name) {
        var run = known(year, flight, name);
        var catalog = catalog(
                "Run " + name + " of " + flight,
                url.of("stac", "browse", Collections.ACQUISITIONS, year, flight),
                Collections.ACQUISITIONS,
                year,
                flight,
                name);
        var links = (ArrayNode) catalog.path("links");
        if (store.product(run).isPresent()) {
            item(links, Collections.PRODUCTS, Collections.productId(run));
        }
        store.planWithoutTiles(run)
                .ifPresent(plan -> item(links, Collections.MODELS, Collections.modelId(plan.model())));
        store.tiles(run, TileStage.PREDICTED).stream()
                .map(TileAddress::row)
                .distinct()
                .forEach(row -> child(
                        links, "Row " + row, Collections.ACQUISITIONS, year, flight, name, Integer.toString(row)));
        return catalog;
    }

    @GET
    @Path("acquisitions/{year}/{acquisition}/{run}/{row}")
    public ObjectNode row(
            @PathParam("year") String year,
            @PathParam("acquisition") String flight,
            @PathParam("run") String name,
            @PathParam("row") String row) {
        var run = known(year, flight, name);
        var tiles = store.tiles(run, TileStage.PREDICTED).stream()
                .filter(tile -> Integer.toString(tile.row()).equals(row))
                .toList();
        if (tiles.isEmpty()) {
            throw nothing("row " + row + " of " + name);
        }
        var catalog = catalog(
                "Row " + row + " of " + name,
                url.of("stac", "browse", Collections.ACQUISITIONS, year, flight, name),
                Collections.ACQUISITIONS,
                year,
                flight,
                name,
                row);
        var links = (ArrayNode) catalog.path("links");
        tiles.forEach(tile -> item(links, Collections.PREDICTIONS, Collections.predictionId(run, tile)));
        return catalog;
    }

    private RunRef known(String year, String flight, String name) {
        var run = Parameters.run(flight, name).orElseThrow(() -> nothing(name));
        boolean there = store.search(ItemQuery.one(Collections.ACQUISITIONS, flight)).stream()
                        .anyMatch(entry -> Integer.toString(yearOf(entry)).equals(year))
                && store.planWithoutTiles(run).isPresent();
        if (!there) {
            throw nothing(name);
        }
        return run;
    }

    private List<ItemEntry> ofYear(String collection, String text) {
        int year;
        try {
            year = Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw nothing(text);
        }
        if (year < 0 || year > 9_999) {
            throw nothing(text);
        }
        var start = Year.of(year).atDay(1).atStartOfDay(ZoneOffset.UTC).toInstant();
        var end = Year.of(year + 1).atDay(1).atStartOfDay(ZoneOffset.UTC).toInstant();
        var found =
                store.search(ItemQuery.ALL.of(collection).between(Optional.of(start), Optional.of(end.minusMillis(1))));
        if (found.isEmpty()) {
            throw nothing(text);
        }
        return found;
    }

    private static int yearOf(ItemEntry entry) {
        return entry.datetime().atOffset(ZoneOffset.UTC).getYear();
    }

    /** @param path below the whole tree's address, and the identifier */
    private ObjectNode catalog(String title, String parent, String... path) {
        var catalog = Json.MAPPER.createObjectNode();
        catalog.put("type", "Catalog");
        catalog.put("stac_version", StacItems.STAC_VERSION);
        catalog.put("id", path.length == 0 ? "browse" : "browse~" + String.join("~", path));
        catalog.put("title", title);
        catalog.put("description", title);
        var links = catalog.putArray("links");
        link(links, "self", address(path), MediaType.APPLICATION_JSON);
        link(links, "root", url.of("stac"), MediaType.APPLICATION_JSON);
        link(links, "parent", parent, MediaType.APPLICATION_JSON);
        return catalog;
    }

    private void child(ArrayNode links, String title, String... path) {
        link(links, "child", address(path), MediaType.APPLICATION_JSON).put("title", title);
    }

    private void item(ArrayNode links, String collection, String id) {
        link(links, "item", items.itemUrl(collection, id), StacItems.GEOJSON).put("title", id);
    }

    private String address(String... path) {
        return url.of("stac", "browse") + url.of(path).substring(url.base().length());
    }

    private static Problem nothing(String what) {
        return Problem.notFound("there is nothing to browse under \"" + Parameters.shown(what) + "\"");
    }
}
