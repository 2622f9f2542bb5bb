// SPDX-License-Identifier: Apache-2.0
package org.survol.scene;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.locationtech.jts.geom.Coordinate;
import org.locationtech.jts.geom.Polygon;
import org.survol.core.grid.PixelWindow;
import org.survol.core.nomenclature.Flair;

class LandscapeTest {

    /** Crowns rooted in a changed plot reach over its edge, and the drive of a new house to the road. */
    private static final double OVERHANG_METRES = 6;

    @Test
    void showsEveryClassOverAFewSeeds() {
        var seen = new TreeSet<Integer>();
        for (long seed = 1; seed <= 3; seed++) {
            var block = paint(new SceneSpec(seed, 600, 2019));
            for (byte code : block.surface) {
                seen.add(Surface.of(code).landClass().value());
            }
        }
        assertThat(seen)
                .containsExactlyElementsOf(IntStream.rangeClosed(1, Flair.SWIMMING_POOL.value())
                        .boxed()
                        .collect(Collectors.toCollection(TreeSet::new)));
    }

    @Test
    void laysTheSamePlaceOutForEverySizeThatSharesTheGround() {
        var small = LayoutPlanner.plan(new SceneSpec(4, 100, 2023));
        var large = LayoutPlanner.plan(new SceneSpec(4, SceneSpec.SHARED_GROUND_METRES, 2023));

        assertThat(small.plots()).isEqualTo(large.plots());
        assertThat(small.patches()).isEqualTo(large.patches());
        assertThat(small.buildings()).isEqualTo(large.buildings());
        assertThat(small.trees()).isEqualTo(large.trees());
        assertThat(small.roads()).hasSameSizeAs(large.roads());
    }

    @Test
    void laysEverySeedOutDifferently() {
        var first = LayoutPlanner.plan(new SceneSpec(4, 100, 2019));
        var second = LayoutPlanner.plan(new SceneSpec(5, 100, 2019));

        assertThat(first.village().distance(second.village())).isGreaterThan(1);
        assertThat(first.plots().size()).isNotEqualTo(second.plots().size());
    }

    @Test
    void onlyAddsChangesAsTheYearsPass() {
        var early = LayoutPlanner.plan(new SceneSpec(3, 600, 2022)).changes();
        var late = LayoutPlanner.plan(new SceneSpec(3, 600, 2026)).changes();

        assertThat(LayoutPlanner.plan(new SceneSpec(3, 600, SceneSpec.BASE_YEAR))
                        .changes())
                .isEmpty();
        assertThat(early).isNotEmpty();
        assertThat(late.subList(0, early.size())).isEqualTo(early);
        assertThat(late).hasSizeGreaterThan(early.size());
        assertThat(late).allSatisfy(change -> assertThat(change.year()).isBetween(2020, 2026));
    }

    @Test
    void changesTheGroundWhereItSaysAndNowhereElse() {
        var before = paint(new SceneSpec(3, 600, 2019));
        var spec = new SceneSpec(3, 600, 2024);
        var after = paint(spec);
        var changes = LayoutPlanner.plan(spec).changes();
        var changed = new long[changes.size()];
        int elsewhere = 0;
        for (int p = 0; p < before.surface.length; p++) {
            if (Surface.of(before.surface[p]).landClass()
                    == Surface.of(after.surface[p]).landClass()) {
                continue;
            }
            var point = Shapes.FACTORY.createPoint(new Coordinate(after.x(p % after.width), after.y(p / after.width)));
            boolean inside = false;
            for (int i = 0; i < changed.length; i++) {
                if (changes.get(i).extent().isWithinDistance(point, OVERHANG_METRES)) {
                    inside = true;
                    changed[i]++;
                }
            }
            elsewhere += inside ? 0 : 1;
        }
        assertThat(elsewhere).isZero();
        var window = scene(spec);
        for (int i = 0; i < changed.length; i++) {
            double visible =
                    Shapes.intersection(changes.get(i).extent(), window).getArea();
            if (visible > 1_000) {
                // at least a tenth of what the change took shows another class: 25 pixels to the square metre
                assertThat(changed[i]).as(changes.get(i).kind()).isGreaterThan((long) (visible * 25 / 10));
            }
        }
    }

    @Test
    void rendersAPixelTheSameWhateverTheWindow() {
        var spec = new SceneSpec(2, 200, 2021);
        var flight = Flight.of(spec);
        var light = new Light(new GroundPainter(LayoutPlanner.plan(spec), flight), flight, spec.seed());
        var whole = new PixelWindow(SceneSpec.CENTRE_COLUMN - 150, SceneSpec.CENTRE_ROW - 150, 300, 300);
        var part = new PixelWindow(SceneSpec.CENTRE_COLUMN - 20, SceneSpec.CENTRE_ROW - 70, 90, 60);

        var large = light.render(whole);
        var small = light.render(part);

        for (int row = 0; row < part.height(); row++) {
            for (int column = 0; column < part.width(); column++) {
                int p = row * part.width() + column;
                int q = (row + 80) * whole.width() + column + 130;
                assertThat(small.classes()[p]).isEqualTo(large.classes()[q]);
                assertThat(small.dsm()[p]).isEqualTo(large.dsm()[q]);
                for (int band = 0; band < 4; band++) {
                    assertThat(small.radiance()[band][p]).isEqualTo(large.radiance()[band][q]);
                }
            }
        }
    }

    @Test
    void seesLeavesBrightAndWaterDarkInTheNearInfrared() {
        var spec = new SceneSpec(1, 400, 2019);
        var flight = Flight.of(spec);
        var light = new Light(new GroundPainter(LayoutPlanner.plan(spec), flight), flight, spec.seed());
        var picture = light.render(spec.window());
        double[] infrared = new double[20];
        double[] red = new double[20];
        long[] count = new long[20];
        for (int p = 0; p < picture.classes().length; p++) {
            infrared[picture.classes()[p]] += picture.radiance()[3][p];
            red[picture.classes()[p]] += picture.radiance()[0][p];
            count[picture.classes()[p]]++;
        }
        int water = Flair.WATER.value();
        int trees = Flair.DECIDUOUS.value();
        assertThat(infrared[water] / count[water]).isLessThan(45);
        assertThat(infrared[trees] / count[trees]).isGreaterThan(1.4 * red[trees] / count[trees]);
    }

    @Test
    void castsShadowsAwayFromTheSun() {
        var spec = new SceneSpec(1, 300, 2019);
        var flight = Flight.of(spec);
        assertThat(flight.sunX() * flight.sunX() + flight.sunY() * flight.sunY() + flight.sunZ() * flight.sunZ())
                .isBetween(0.999, 1.001);
        assertThat(flight.sunY()).as("the sun stands in the south").isNegative();
        var layout = LayoutPlanner.plan(spec);
        var light = new Light(new GroundPainter(layout, flight), flight, spec.seed());
        var picture = light.render(spec.window());
        double bright = 0;
        double dark = 0;
        int found = 0;
        for (var building : layout.buildings()) {
            var wing = building.wings().getFirst();
            double reach = wing.radius() + 0.5;
            double flat = Math.sqrt(flight.sunX() * flight.sunX() + flight.sunY() * flight.sunY());
            double ux = flight.sunX() / flat;
            double uy = flight.sunY() / flat;
            // the last roof pixel along the ray, then one metre on either side of the building
            double towards = lightBeyond(picture, wing.x(), wing.y(), ux, uy, reach);
            double away = lightBeyond(picture, wing.x(), wing.y(), -ux, -uy, reach);
            if (towards > 0 && away > 0) {
                bright += towards;
                dark += away;
                found++;
            }
        }
        assertThat(found).isGreaterThan(3);
        assertThat(dark / found).isLessThan(0.75 * bright / found);
    }

    /** Red just outside a building in a direction, 0 outside the picture. */
    private static double lightBeyond(Light.Picture picture, double x, double y, double ux, double uy, double reach) {
        double sum = 0;
        for (double t = 0; t < reach + 1; t += 0.1) {
            int column = (int) Math.floor((x + t * ux) / SceneSpec.GSD)
                    + (int) (SceneSpec.CENTRE_COLUMN - picture.window().column());
            int row = (int) Math.floor(-(y + t * uy) / SceneSpec.GSD)
                    + (int) (SceneSpec.CENTRE_ROW - picture.window().row());
            if (column < 0
                    || row < 0
                    || column >= picture.window().width()
                    || row >= picture.window().height()) {
                return 0;
            }
            int p = row * picture.window().width() + column;
            if (picture.classes()[p] != Flair.BUILDING.value()) {
                sum = t > 1 ? picture.radiance()[0][p] : 0;
                // a step further, clear of the blurred edge
                if (t > 1 && sum > 0) {
                    int next = p
                            + (int) Math.round(3 * ux)
                            - (int) Math.round(3 * uy) * picture.window().width();
                    return next >= 0 && next < picture.radiance()[0].length ? picture.radiance()[0][next] : 0;
                }
            }
        }
        return 0;
    }

    private static Polygon scene(SceneSpec spec) {
        double half = spec.sizeMetres() / 2.0;
        return Shapes.rectangle(0, 0, 1, 0, half, half);
    }

    private static Block paint(SceneSpec spec) {
        return new GroundPainter(LayoutPlanner.plan(spec), Flight.of(spec)).paint(spec.window());
    }
}
