// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.store;

import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.survol.catalog.Collections;
import org.survol.catalog.cql2.Queryable;
import org.survol.catalog.cql2.Queryable.Type;
import org.survol.catalog.cql2.Queryables;
import org.survol.core.grid.TileAddress;

/**
 * What can be searched by, and the column that holds it: no other name ever reaches a statement. Names are those of the
 * Items' JSON; where one has a dot, the part behind it is a member of an object.
 */
public enum ItemField {
    ID("id", Type.TEXT, "id", "Identifier", Set.of()),
    COLLECTION("collection", Type.TEXT, "collection", "Collection", Set.of()),
    GEOMETRY("geometry", Type.GEOMETRY, null, "Footprint, longitude and latitude", Set.of()),
    DATETIME("datetime", Type.TIMESTAMP, "datetime_millis", "When it was flown; of a model: first used", Set.of()),
    CREATED("created", Type.TIMESTAMP, "created_millis", "When it was made", Of.MADE),
    TITLE("title", Type.TEXT, "title", "Title", Of.TITLED),
    GSD("gsd", Type.NUMBER, "gsd", "Size of a pixel on the ground, metres", Of.ALL),
    PLATFORM("platform", Type.TEXT, "platform", "Aircraft or satellite", Of.GIVEN),
    MISSION("mission", Type.TEXT, "mission", "Mission", Of.GIVEN),
    CONSTELLATION("constellation", Type.TEXT, "constellation", "Constellation", Of.GIVEN),
    CLOUD_COVER("eo:cloud_cover", Type.NUMBER, "cloud_cover", "Cloud cover, percent", Of.GIVEN),
    PROJ_CODE("proj:code", Type.TEXT, "proj_code", "Coordinate reference system, such as EPSG:2154", Of.PLACED),
    ACQUISITION("survol:acquisition", Type.TEXT, "acquisition", "Flight that it was made from", Of.RUNS),
    RUN("survol:run", Type.TEXT, "run", "Run", Of.RUNS),
    MODEL("survol:model.name", Type.TEXT, "model", "Name of the model that it was made with", Of.RUNS),
    MODEL_VERSION(
            "survol:model.version", Type.TEXT, "model_version", "Version of the model that it was made with", Of.RUNS),
    VERSION("version", Type.TEXT, "version", "Version", Set.of(Collections.MODELS)),
    VINTAGE("survol:vintage", Type.INTEGER, "vintage", "Year that the map shows", Set.of(Collections.PRODUCTS)),
    POLYGONS("survol:polygons", Type.INTEGER, "polygons", "Number of polygons", Set.of(Collections.PRODUCTS)),
    AREA("survol:area_m2", Type.NUMBER, "area_m2", "Area of the polygons, square metres", Set.of(Collections.PRODUCTS)),
    MISSING_TILES(
            "survol:missing_tiles",
            Type.INTEGER,
            "missing_tiles",
            "Tiles that were given up: holes in the map",
            Set.of(Collections.PRODUCTS)),
    TILE("survol:tile", Type.TEXT, null, "Column and row of the tile", Set.of(Collections.PREDICTIONS)),
    KEPT_SHARE(
            "survol:kept_share",
            Type.NUMBER,
            "kept_share",
            "Share of the computed pixels that were kept, 0 to 1",
            Set.of(Collections.PREDICTIONS)),
    DEVICE("survol:device", Type.TEXT, "device", "What computed it", Set.of(Collections.PREDICTIONS));

    /** Collections that have fields in common. */
    private static final class Of {
        static final Set<String> GIVEN = Set.of(Collections.ACQUISITIONS, Collections.REFERENCES);
        static final Set<String> RUNS = Set.of(Collections.PREDICTIONS, Collections.PRODUCTS);
        static final Set<String> MADE = Set.of(Collections.PREDICTIONS, Collections.PRODUCTS, Collections.MODELS);
        static final Set<String> TITLED = Set.of(Collections.ACQUISITIONS, Collections.MODELS, Collections.REFERENCES);
        static final Set<String> PLACED =
                Set.of(Collections.ACQUISITIONS, Collections.PREDICTIONS, Collections.PRODUCTS, Collections.REFERENCES);
        static final Set<String> ALL = Set.of(
                Collections.ACQUISITIONS,
                Collections.PREDICTIONS,
                Collections.PRODUCTS,
                Collections.MODELS,
                Collections.REFERENCES);
    }

    /** Every field, as one filters across collections. */
    public static final Queryables QUERYABLES =
            new Queryables(Arrays.stream(values()).map(ItemField::queryable).toList());

    private final String field;
    private final Type type;
    private final String column;
    private final String title;
    private final Set<String> collections;

    /**
     * @param column null when no single column holds it
     * @param collections whose Items have it; empty: all
     */
    ItemField(String field, Type type, String column, String title, Set<String> collections) {
        this.field = field;
        this.type = type;
        this.column = column;
        this.title = title;
        this.collections = collections;
    }

    public static Optional<ItemField> named(String field) {
        return Arrays.stream(values()).filter(each -> each.field.equals(field)).findFirst();
    }

    public static Queryables queryablesOf(String collection) {
        return new Queryables(Arrays.stream(values())
                .filter(field -> field.collections.isEmpty() || field.collections.contains(collection))
                .map(ItemField::queryable)
                .toList());
    }

    /** Those that are taken from the Items that come with deliveries. */
    public static List<ItemField> factsOfDeliveries() {
        return Arrays.stream(values())
                .filter(field -> field.isFact() && field.collections.contains(Collections.ACQUISITIONS))
                .toList();
    }

    /** @param collection absent: of all collections */
    public static Queryables sortablesOf(Optional<String> collection) {
        return new Queryables(Arrays.stream(values())
                .filter(ItemField::sortable)
                .filter(field -> field.isOf(collection))
                .map(ItemField::queryable)
                .toList());
    }

    private Queryable queryable() {
        return new Queryable(field, type, title);
    }

    /** @param collection absent: whether Items of any have it */
    public boolean isOf(Optional<String> collection) {
        return collections.isEmpty() || collection.map(collections::contains).orElse(true);
    }

    public String field() {
        return field;
    }

    public Type type() {
        return type;
    }

    public boolean sortable() {
        return column != null;
    }

    Optional<String> column() {
        return Optional.ofNullable(column);
    }

    /** Whether it is one of {@link ItemEntry#facts}. */
    boolean isFact() {
        return switch (this) {
            case ID, COLLECTION, GEOMETRY, DATETIME, ACQUISITION, RUN, TILE -> false;
            default -> true;
        };
    }

    boolean nullable() {
        return this != ID && this != COLLECTION && this != DATETIME && this != ACQUISITION;
    }

    /** What filters compare; null when the Item has none. */
    public Object valueOf(ItemEntry entry) {
        return switch (this) {
            case ID -> entry.id();
            case COLLECTION -> entry.collection();
            case GEOMETRY -> entry.geometry().orElse(null);
            case DATETIME -> entry.datetime();
            case ACQUISITION -> entry.acquisition();
            case RUN -> entry.run().orElse(null);
            case TILE -> entry.tile().map(TileAddress::toString).orElse(null);
            default -> entry.facts().get(this);
        };
    }

    /** As it stands in the column. */
    Object columnValue(ItemEntry entry) {
        var value = valueOf(entry);
        return value instanceof Instant instant ? (Object) instant.toEpochMilli() : value;
    }
}
