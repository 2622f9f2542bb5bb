// SPDX-License-Identifier: Apache-2.0
package org.survol.scene;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.locationtech.jts.geom.Coordinate;
import org.locationtech.jts.geom.Envelope;
import org.locationtech.jts.geom.Geometry;
import org.locationtech.jts.geom.Polygon;
import org.locationtech.jts.operation.overlayng.OverlayNGRobust;
import org.survol.core.grid.PixelWindow;
import org.survol.core.nomenclature.Flair;
import org.survol.core.raster.ByteRaster;
import org.survol.scene.Layout.Plot;
import org.survol.scene.Layout.Road;
import org.survol.scene.Layout.RoadKind;
import org.survol.scene.Layout.Zone;

/** What comes with a flight as vectors: the truth, and the registers that a mapping agency would hold of the place. */
final class Vectors {

    private final SceneSpec spec;
    private final Layout layout;
    private final Polygon scene;

    Vectors(SceneSpec spec, Layout layout) {
        this.spec = spec;
        this.layout = layout;
        double half = spec.window().width() * SceneSpec.GSD / 2;
        this.scene = (Polygon) Shapes.FACTORY.toGeometry(new Envelope(-half, half, -half, half));
    }

    void write(Path directory, ByteRaster classes) throws IOException {
        polygons(directory.resolve("truth/polygons.geojson"), classes);
        changes(directory.resolve("truth/changes.geojson"));
        Path ancillary = directory.resolve("ancillary");
        buildings(ancillary.resolve("buildings.geojson"));
        roads(ancillary.resolve("roads.geojson"));
        rails(ancillary.resolve("rails.geojson"));
        parcels(ancillary.resolve("parcels.geojson"));
        activityZones(ancillary.resolve("activity_zones.geojson"));
        communes(ancillary.resolve("communes.geojson"));
    }

    private GeoJsonWriter open(Path file) throws IOException {
        String name = file.getFileName().toString().replace(".geojson", "");
        var territory = spec.territory();
        return new GeoJsonWriter(file, name, territory.epsg, territory.centreEasting, territory.centreNorthing);
    }

    // ---- truth

    private void polygons(Path file, ByteRaster classes) throws IOException {
        PixelWindow window = spec.window();
        var regions = new RegionTracer(classes.plane(0), classes.width(), classes.height()).trace();
        try (var out = open(file)) {
            int id = 0;
            for (var region : regions) {
                var landClass = Flair.NOMENCLATURE.ofValue(region.value()).orElseThrow();
                var properties = new LinkedHashMap<String, Object>();
                properties.put("id", ++id);
                properties.put("class", region.value());
                properties.put("code", landClass.code());
                out.startFeature(properties);
                var json = out.json();
                json.writeStartObject();
                json.writeStringField("type", "Polygon");
                json.writeArrayFieldStart("coordinates");
                for (int[] ring : region.rings()) {
                    json.writeStartArray();
                    for (int i = ring.length - 2; i >= -2; i -= 2) {
                        // backwards, because rows run south: outer rings become anticlockwise; the last closes
                        int k = i < 0 ? ring.length - 2 : i;
                        out.position((window.column() + ring[k]) / 5.0, -(window.row() + ring[k + 1]) / 5.0);
                    }
                    json.writeEndArray();
                }
                json.writeEndArray();
                json.writeEndObject();
                out.endFeature();
            }
        }
    }

    private void changes(Path file) throws IOException {
        try (var out = open(file)) {
            for (var change : layout.changes()) {
                Geometry part = Shapes.intersection(change.extent(), scene);
                if (!part.isEmpty()) {
                    out.feature(part, properties("year", change.year(), "kind", change.kind()));
                }
            }
        }
    }

    // ---- registers

    private void buildings(Path file) throws IOException {
        try (var out = open(file)) {
            int id = 0;
            for (var building : layout.buildings()) {
                List<Polygon> wings = building.wings().stream()
                        .map(wing -> Shapes.rectangle(wing, 0))
                        .toList();
                Geometry footprint = OverlayNGRobust.union(Shapes.FACTORY.buildGeometry(wings));
                id++;
                footprint.normalize();
                if (footprint.intersects(scene)) {
                    out.feature(
                            footprint,
                            properties(
                                    "id",
                                    "BAT%06d".formatted(id),
                                    "use",
                                    building.use(),
                                    "height_m",
                                    Math.round(building.height() * 10) / 10.0,
                                    "light",
                                    building.use().equals("annex")));
                }
            }
        }
    }

    private void roads(Path file) throws IOException {
        try (var out = open(file)) {
            int id = 0;
            for (Road road : layout.roads()) {
                id++;
                Geometry part = Shapes.intersection(Shapes.line(road), scene);
                if (!part.isEmpty() && road.kind() != RoadKind.DRIVE) {
                    out.feature(
                            part,
                            properties(
                                    "id",
                                    "ROAD%05d".formatted(id),
                                    "kind",
                                    road.kind().label,
                                    "importance",
                                    road.kind().importance,
                                    "width_m",
                                    Math.round(road.width() * 10) / 10.0,
                                    "sealed",
                                    road.kind() != RoadKind.TRACK));
                }
            }
        }
    }

    private void rails(Path file) throws IOException {
        try (var out = open(file)) {
            if (layout.rail().isPresent()) {
                Road rail = layout.rail().get();
                Geometry part = Shapes.intersection(Shapes.line(rail), scene);
                if (!part.isEmpty()) {
                    out.feature(
                            part,
                            properties(
                                    "id",
                                    "RAIL00001",
                                    "tracks",
                                    rail.width() > 8 ? 2 : 1,
                                    "width_m",
                                    Math.round(rail.width() * 10) / 10.0));
                }
            }
        }
    }

    private void parcels(Path file) throws IOException {
        try (var out = open(file)) {
            int id = 0;
            for (Plot plot : layout.plots()) {
                id++;
                String crop = crop(plot.surface());
                if (plot.zone() == Zone.COUNTRY && crop != null && plot.shape().intersects(scene)) {
                    out.feature(plot.shape(), properties("id", "PARC%05d".formatted(id), "crop", crop));
                }
            }
        }
    }

    /** As a farmer declares it; null where nothing is farmed. */
    private static String crop(Surface surface) {
        return switch (surface) {
            case WHEAT -> "wheat";
            case MAIZE -> "maize";
            case SUNFLOWER -> "sunflower";
            case RAPESEED -> "rapeseed";
            case MEADOW -> "permanent meadow";
            case PLOUGHED -> "winter cereal, sown later";
            case ORCHARD -> "orchard";
            case VINE -> "vine";
            default -> null;
        };
    }

    private void activityZones(Path file) throws IOException {
        try (var out = open(file)) {
            var plots = layout.plots().stream()
                    .filter(plot -> plot.zone() == Zone.ACTIVITY)
                    .map(Plot::shape)
                    .toList();
            if (plots.isEmpty()) {
                return;
            }
            Geometry zones = OverlayNGRobust.union(Shapes.FACTORY.buildGeometry(plots));
            int id = 0;
            for (Polygon zone : Shapes.polygonsOf(zones)) {
                id++;
                if (zone.intersects(scene)) {
                    out.feature(zone, properties("id", "ZAE%03d".formatted(id), "kind", "industry and trade"));
                }
            }
        }
    }

    /** Two invented communes (no commune number starts with 990), with the axis of the river or the main road between. */
    private void communes(Path file) throws IOException {
        Road border = layout.river().orElse(layout.roads().getLast());
        double half = layout.halfSide();
        Polygon land = (Polygon) Shapes.FACTORY.toGeometry(new Envelope(-half, half, -half, half));
        String[] names = {"Saint-Survol", "Vol-sur-Graine", "Les Pixels", "Tuilac"};
        try (var out = open(file)) {
            int id = 0;
            for (Polygon part : Shapes.faces(land, List.of(Shapes.line(border)))) {
                Coordinate inside = part.getInteriorPoint().getCoordinate();
                if (id < names.length && part.getArea() > 1_000 && land.contains(Shapes.FACTORY.createPoint(inside))) {
                    out.feature(part, properties("code", "9900" + (id + 1), "name", names[id]));
                    id++;
                }
            }
        }
    }

    /** Keys and values in turn, in this order. */
    private static Map<String, Object> properties(Object... keysAndValues) {
        var map = new LinkedHashMap<String, Object>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            map.put((String) keysAndValues[i], keysAndValues[i + 1]);
        }
        return map;
    }
}
