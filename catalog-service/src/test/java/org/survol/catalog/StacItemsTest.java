// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.survol.catalog.stac.Items;
import org.survol.catalog.store.CatalogDatabase;
import org.survol.catalog.store.ItemField;
import org.survol.catalog.store.ItemQuery;
import org.survol.catalog.store.JdbcCatalogStore;
import org.survol.catalog.store.Sighting;
import org.survol.core.Digest;
import org.survol.core.Json;
import org.survol.core.model.Domain;
import org.survol.core.model.ModelCard;
import org.survol.core.plan.Plan;
import org.survol.core.plan.Plan.PinnedModel;
import org.survol.core.store.MemoryObjectStore;
import org.survol.core.store.StoreLayout;

/** The Items of one flight that was mapped with two models. */
class StacItemsTest {

    private static final String BASE = "https://maps.example.org";
    private static final Instant START = Instant.parse("2025-01-05T08:00:00Z");

    private final SampleRun first = SampleRun.of("lille-2024", "run-1", 2, 2);
    private final SampleRun second = withModel(SampleRun.of("lille-2024", "run-2", 2, 2), "CC BY 4.0");

    private CatalogDatabase database;
    private JdbcCatalogStore store;
    private Items items;

    @BeforeEach
    void tell() throws IOException {
        database = CatalogDatabase.open(CatalogDatabase.Kind.H2, "jdbc:h2:mem:" + System.nanoTime(), "sa", "", 2);
        store = new JdbcCatalogStore(database.dataSource());
        items = new Items(store, new PublicUrl(BASE), "survol");
        var objects = new MemoryObjectStore();
        var reader = new EventReader(objects);
        var at = START;
        var sightings = new ArrayList<Sighting>();
        for (var run : List.of(first, second)) {
            objects.write(run.planKey(), Json.bytes(run.plan()), "application/json");
            objects.write(
                    StoreLayout.item(run.run().acquisition()),
                    run.item().getBytes(StandardCharsets.UTF_8),
                    "application/json");
            for (var event : run.story()) {
                sightings.add(reader.read(event, at));
                at = at.plusSeconds(1);
            }
        }
        store.record(sightings);
    }

    @AfterEach
    void close() {
        database.close();
    }

    @Test
    void everyItemKeepsToThePublishedSchema() {
        var schemas = StacSchemas.load();

        assertThat(all()).hasSize(1 + 2 * 2 + 2 + 2);
        for (var item : all()) {
            assertThat(schemas.complaints(item)).as(item.path("id").asText()).isEmpty();
        }
    }

    @Test
    void theSchemaIsNotOneThatTakesEverything() {
        var schemas = StacSchemas.load();
        var wrong = items.item(Collections.PREDICTIONS, Collections.predictionId(first.run(), first.tile(2)));
        ((ObjectNode) wrong.path("properties")).putNull("datetime");
        ((ObjectNode) wrong.at("/assets/classes/bands/0")).put("data_type", "byte");

        assertThat(schemas.complaints(wrong)).hasSizeGreaterThanOrEqualTo(2);
    }

    @Test
    void everyItemKeepsToTheRulesOfTheExtensionsThatItNames() {
        all().forEach(StacRules::check);
    }

    @Test
    void aPredictionSaysHowItsRastersAreRead() {
        var item = items.item(Collections.PREDICTIONS, Collections.predictionId(first.run(), first.tile(2)));

        var classes = item.at("/assets/classes");
        assertThat(classes.at("/bands/0/nodata").asInt(-1)).isZero();
        assertThat(classes.at("/classification:classes/0/nodata").asBoolean()).isTrue();
        assertThat(classes.at("/classification:classes/1/name").asText()).isEqualTo("building");
        assertThat(classes.at("/classification:classes/1/color_hint").asText()).isEqualTo("DB0E9A");
        var probabilities = item.at("/assets/probabilities/bands");
        assertThat(probabilities.findValuesAsText("name")).containsExactly("building", "grass", "water", "tree");
        assertThat(probabilities.at("/3/raster:scale").asDouble() * 255).isCloseTo(1, Offset.offset(1e-12));
        assertThat(probabilities.at("/3").has("nodata"))
                .as("0 is a probability")
                .isFalse();
        assertThat(item.at("/assets/confidence/bands/0/raster:scale").asDouble() * 255)
                .isCloseTo(1, Offset.offset(1e-12));
        assertThat(item.at("/assets/stack/bands").findValuesAsText("name")).containsExactly("red", "green", "blue");
        assertThat(item.at("/properties/survol:device").asText()).isEqualTo("cpu");
        assertThat(item.at("/properties/survol:kept_share").asDouble()).isEqualTo(0.56);
        assertThat(item.at("/properties/mlm:name").asText()).isEqualTo("demo-rgb");
        assertThat(item.at("/assets/model/file:checksum").asText())
                .isEqualTo("1220" + first.plan().model().sha256());
    }

    @Test
    void aMapTellsItsOwnClassesNotThoseOfTheModel() {
        var map = items.item(Collections.PRODUCTS, Collections.productId(first.run()));

        assertThat(map.at("/properties/survol:nomenclature").asText()).isEqualTo("ocs-ge");
        for (var file : map.path("assets")) {
            assertThat(file.path("classification:classes")).hasSize(14);
        }
    }

    @Test
    void aModelIsAnItemThatLeadsToItsMapsAndBack() {
        var id = Collections.modelId(first.plan().model());
        var model = items.item(Collections.MODELS, id);

        assertThat(model.path("geometry").isNull()).isTrue();
        assertThat(model.at("/properties/datetime").asText())
                .as("when a run with it was first seen: after its flight")
                .isEqualTo(START.plusSeconds(1).toString());
        assertThat(model.at("/properties/mlm:input/0/input/shape")).hasToString("[-1,3,256,256]");
        assertThat(model.at("/properties/mlm:output").findValuesAsText("name"))
                .contains("classes", "probabilities", "confidence");
        assertThat(model.at("/properties/mlm:output/0/classification:classes")).hasSize(4);
        assertThat(model.at("/properties/license").asText()).isEqualTo("Apache-2.0");
        assertThat(model.at("/assets/model/href").asText()).isEqualTo("s3://survol/models/demo-rgb.onnx");
        assertThat(linked(model, "related"))
                .containsExactly(BASE + "/stac/collections/products/items/" + Collections.productId(first.run()));
        var address = BASE + "/stac/collections/models/items/" + id;
        assertThat(linked(items.item(Collections.PRODUCTS, Collections.productId(first.run())), "derived_from"))
                .contains(address);
        assertThat(linked(
                        items.item(Collections.PREDICTIONS, Collections.predictionId(first.run(), first.tile(3))),
                        "derived_from"))
                .contains(address);
    }

    @Test
    void whatAnotherModelMadeStandsBesideTheFirst() {
        var one = items.item(Collections.PREDICTIONS, Collections.predictionId(first.run(), first.tile(2)));
        var other = items.item(Collections.PREDICTIONS, Collections.predictionId(second.run(), second.tile(2)));

        assertThat(first.tile(2)).isEqualTo(second.tile(2));
        assertThat(one.path("bbox")).isEqualTo(other.path("bbox"));
        assertThat(one.at("/assets/classes/href")).isNotEqualTo(other.at("/assets/classes/href"));
        assertThat(one.at("/properties/survol:model/version").asText()).isEqualTo("1.0");
        assertThat(other.at("/properties/survol:model/version").asText()).isEqualTo("2.0");
        var otherModel =
                items.item(Collections.MODELS, Collections.modelId(second.plan().model()));
        assertThat(linked(otherModel, "related"))
                .containsExactly(BASE + "/stac/collections/products/items/" + Collections.productId(second.run()));
        assertThat(otherModel.at("/properties/license").asText())
                .as("no identifier of a licence")
                .isEqualTo("other");
        assertThat(otherModel.at("/properties/description").asText()).contains("CC BY 4.0");
        assertThat(otherModel.at("/properties/survol:domain/months")).hasToString("[5,6,7]");
        assertThat(otherModel.at("/properties/survol:domain/fromYear").asInt()).isEqualTo(2019);
    }

    @Test
    void whatItemsAreFilteredByIsWhatTheySay() {
        int told = 0;
        for (var entry : store.search(ItemQuery.ALL)) {
            var item = items.item(entry.collection(), entry.id());
            for (var queryable : ItemField.queryablesOf(entry.collection()).all()) {
                var field = ItemField.named(queryable.name()).orElseThrow();
                var value = field.valueOf(entry);
                var said = said(item, queryable.name());
                var where = entry.collection() + " " + queryable.name();
                if (field == ItemField.GEOMETRY) {
                    assertThat(value == null).as(where).isEqualTo(said.isNull());
                } else if (value == null) {
                    assertThat(said.isMissingNode()).as(where).isTrue();
                } else if (value instanceof Instant instant) {
                    assertThat(Instant.parse(said.asText()).truncatedTo(ChronoUnit.MILLIS))
                            .as(where)
                            .isEqualTo(instant);
                    told++;
                } else if (value instanceof Number number) {
                    assertThat(said.asDouble()).as(where).isEqualTo(number.doubleValue());
                    told++;
                } else {
                    assertThat(said.asText()).as(where).isEqualTo(value);
                    told++;
                }
            }
        }
        assertThat(told).isGreaterThan(60);
    }

    /** A name with a dot leads into an object. */
    private static JsonNode said(JsonNode item, String name) {
        if (item.has(name)) {
            return item.get(name);
        }
        var properties = item.path("properties");
        int dot = name.indexOf('.');
        return dot < 0
                ? properties.path(name)
                : properties.path(name.substring(0, dot)).path(name.substring(dot + 1));
    }

    private List<ObjectNode> all() {
        return store.search(ItemQuery.ALL).stream()
                .map(entry -> items.item(entry.collection(), entry.id()))
                .toList();
    }

    private static List<String> linked(JsonNode item, String rel) {
        var links = new ArrayList<String>();
        for (var link : item.path("links")) {
            if (link.path("rel").asText().equals(rel)) {
                links.add(link.path("href").asText());
            }
        }
        return links;
    }

    private static SampleRun withModel(SampleRun run, String licence) {
        var plan = run.plan();
        var card = plan.model().card();
        var other = new ModelCard(
                card.cardVersion(),
                card.name(),
                "2.0",
                card.title(),
                card.nomenclature(),
                card.bands(),
                card.gsdMetres(),
                card.windowMultiple(),
                card.windowSize(),
                card.marginPixels(),
                card.receptiveFieldPixels(),
                card.temperature(),
                licence,
                card.trainingData(),
                card.accuracy(),
                Optional.of(new Domain(
                        List.of(2154), List.of(5, 6, 7), Optional.of(2019), Optional.empty(), Optional.empty())));
        return new SampleRun(
                new Plan(
                        plan.run(),
                        plan.grid(),
                        plan.halo(),
                        new PinnedModel(plan.model().key(), Digest.ofParts("another model"), other),
                        plan.footprint(),
                        plan.datetime(),
                        plan.vintage(),
                        plan.sources(),
                        plan.tiles(),
                        plan.featherMetres(),
                        null),
                run.item());
    }
}
