// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.survol.core.BadInputException;
import org.survol.core.nomenclature.Cosia;
import org.survol.core.nomenclature.Flair;
import org.survol.core.nomenclature.OcsGe;
import org.survol.core.nomenclature.ProductClasses;
import org.survol.core.raster.ByteRaster;
import org.survol.vectorize.topology.ClassPlanes;

class ProductPlanesTest {

    private static final ProductClasses TO_OCS_GE = ProductClasses.of("test", Flair.NOMENCLATURE, OcsGe.COVER);

    private static ByteRaster probabilities(Random random, int pixels) {
        var planes = new byte[Flair.NOMENCLATURE.classes().size()][pixels];
        for (int p = 0; p < pixels; p++) {
            int left = 255;
            while (left > 0) {
                int some = 1 + random.nextInt(left);
                planes[random.nextInt(planes.length)][p] += (byte) some;
                left -= some;
            }
        }
        return ByteRaster.of(pixels, 1, planes);
    }

    @Test
    void cropsMeadowsAndPlowedLandTogetherBeatTheForestThatBeatsEachOfThem() {
        var planes = new byte[Flair.NOMENCLATURE.classes().size()][1];
        planes[Flair.DECIDUOUS.value() - 1][0] = (byte) 100;
        planes[Flair.HERBACEOUS.value() - 1][0] = 60;
        planes[Flair.AGRICULTURAL.value() - 1][0] = 60;
        planes[Flair.PLOWED.value() - 1][0] = 35;
        var chosen = new byte[1];
        var confidence = new byte[1];
        var product = new ProductPlanes(TO_OCS_GE, Map.of());
        product.choose(
                product.of(ByteRaster.of(1, 1, planes)),
                new byte[] {(byte) Flair.DECIDUOUS.value()},
                chosen,
                confidence);
        assertThat(OcsGe.COVER.ofValue(chosen[0]).orElseThrow().code()).isEqualTo("CS2.2.1");
        assertThat(confidence[0] & 0xFF).isEqualTo(155);
    }

    @Test
    void theClassIsThatOfTheLargestSumAndTiesGoToTheFirst() {
        var random = new Random(5);
        var probabilities = probabilities(random, 2_000);
        var predicted = new byte[2_000];
        for (int p = 0; p < predicted.length; p++) {
            predicted[p] = (byte) (p % 10 == 0 ? 0 : 1 + random.nextInt(19));
        }
        var product = new ProductPlanes(TO_OCS_GE, Map.of());
        var chosen = new byte[predicted.length];
        var confidence = new byte[predicted.length];
        product.choose(product.of(probabilities), predicted, chosen, confidence);
        for (int p = 0; p < predicted.length; p++) {
            var sums = new int[OcsGe.COVER.classes().size()];
            for (int c = 0; c < probabilities.bands(); c++) {
                if (TO_OCS_GE.index(c) >= 0) {
                    sums[TO_OCS_GE.index(c)] += probabilities.plane(c)[p] & 0xFF;
                }
            }
            int largest = Arrays.stream(sums).max().orElseThrow();
            int first = 0;
            while (sums[first] < largest) {
                first++;
            }
            boolean isData = predicted[p] != 0 && largest > 0;
            assertThat(chosen[p]).isEqualTo((byte) (isData ? first + 1 : 0));
            assertThat(confidence[p] & 0xFF).isEqualTo(isData ? Math.min(255, largest) : 0);
        }
    }

    @Test
    void aClassOfTheProductIsInASetWhenAMemberIs() {
        var probabilities = probabilities(new Random(6), 500);
        int herbaceous = Flair.HERBACEOUS.value() - 1;
        int plowed = Flair.PLOWED.value() - 1;
        var planes = new ProductPlanes(TO_OCS_GE, Map.of(Flair.HERBACEOUS.value(), 30, Flair.PLOWED.value(), 90))
                .of(probabilities);
        int meadow = TO_OCS_GE.index(herbaceous);
        for (int p = 0; p < 500; p++) {
            boolean inSet = (probabilities.plane(herbaceous)[p] & 0xFF) >= 30
                    || (probabilities.plane(plowed)[p] & 0xFF) >= 90;
            assertThat((planes.sets()[meadow][p] & 0xFF) >= planes.setFrom()[meadow])
                    .isEqualTo(inSet);
        }
        assertThat(planes.setFrom()[TO_OCS_GE.index(Flair.WATER.value() - 1)]).isEqualTo(ClassPlanes.NEVER);
    }

    @Test
    void everyClassOfFlairHasItsPlace() {
        assertThat(codes(TO_OCS_GE))
                .containsExactly(
                        "CS1.1.1.1",
                        "CS1.1.2.1",
                        "CS1.1.1.2",
                        "CS1.2.1",
                        "CS1.2.2",
                        "CS2.1.1.2",
                        "CS2.1.1.1",
                        "CS2.1.2",
                        "CS2.1.3",
                        "CS2.2.1",
                        "CS2.2.1",
                        "CS2.2.1",
                        "CS1.1.1.2",
                        "CS1.2.3",
                        "CS2.1.2",
                        "CS2.1.1.3",
                        "CS2.1.2",
                        "CS1.1.1.1",
                        "-");
        assertThat(codes(ProductClasses.of("test", Flair.NOMENCLATURE, Cosia.NOMENCLATURE)))
                .containsExactly(
                        "building",
                        "pervious",
                        "impervious",
                        "bare-soil",
                        "water",
                        "coniferous",
                        "deciduous",
                        "brushwood",
                        "vineyard",
                        "herbaceous",
                        "agricultural",
                        "plowed",
                        "swimming-pool",
                        "snow",
                        "-",
                        "-",
                        "-",
                        "greenhouse",
                        "-");
        assertThat(codes(ProductClasses.of("test", OcsGe.COVER, OcsGe.COVER)))
                .isEqualTo(OcsGe.COVER.classes().stream().map(c -> c.code()).toList());
        assertThatThrownBy(() -> ProductClasses.of("ocs-ge", SampleRun.nomenclature(), OcsGe.COVER))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("class road of nomenclature sample has no place in ocs-ge");
    }

    private static List<String> codes(ProductClasses classes) {
        return IntStream.range(0, classes.model().classes().size())
                .mapToObj(i -> classes.index(i) < 0
                        ? "-"
                        : classes.product().classes().get(classes.index(i)).code())
                .toList();
    }
}
