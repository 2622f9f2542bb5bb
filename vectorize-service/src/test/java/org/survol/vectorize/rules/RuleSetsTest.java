// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.survol.core.BadInputException;
import org.survol.core.nomenclature.Flair;
import org.survol.core.nomenclature.OcsGe;
import org.survol.core.nomenclature.ProductClasses;
import org.survol.vectorize.SampleRun;

class RuleSetsTest {

    @SuppressWarnings("unused") // by FieldSource
    static final java.util.List<String> BUILT_IN = RuleSets.BUILT_IN;

    @ParameterizedTest
    @FieldSource("BUILT_IN")
    void whatComesWithTheServiceFitsFlair(String name) {
        var rules = RuleSets.load(name);
        assertThat(rules.name()).isEqualTo(name);
        assertThat(rules.description()).isNotBlank();
        var product = rules.nomenclature().flatMap(ProductClasses::product).orElse(Flair.NOMENCLATURE);
        assertThat(ProductClasses.of(name, Flair.NOMENCLATURE, product).product())
                .isEqualTo(product);
        MapRules.of(name, rules, product, 0.2);
    }

    @Test
    void ocsGeHasTheThresholdsOfItsSpecification() {
        var rules = MapRules.of("ocs-ge", RuleSets.load("ocs-ge"), OcsGe.COVER, 0.2);
        int building = valueOf("CS1.1.1.1");
        int water = valueOf("CS1.2.2");
        assertThat(rules.minimumPixels(building, false)).isEqualTo(200 * 25);
        assertThat(rules.minimumPixels(building, true)).isEqualTo(200 * 25);
        assertThat(rules.minimumPixels(water, true)).isEqualTo(500 * 25);
        assertThat(rules.minimumPixels(water, false)).isEqualTo(2_500 * 25);
        assertThat(rules.minimumWidthPixels(water)).isEqualTo(50);
        assertThat(rules.minimumWidthPixels(valueOf("CS1.1.1.2"))).isEqualTo(25);
        assertThat(rules.minimumWidthPixels(building)).isZero();
        assertThat(rules.tolerancePixels()).isEqualTo(5);
        assertThat(rules.zone().orElseThrow().reachPixels()).isEqualTo(250);
        assertThat(rules.kinship(valueOf("CS2.1.1.1"), valueOf("CS2.1.1.2")))
                .isGreaterThan(rules.kinship(valueOf("CS2.1.1.1"), valueOf("CS2.2.1")));
    }

    private static int valueOf(String post) {
        return OcsGe.COVER.classes().stream()
                .filter(landClass -> landClass.code().equals(post))
                .findFirst()
                .orElseThrow()
                .value();
    }

    @Test
    void codesWithDotsAreKinByTheLevelsTheyShare() {
        var rules = RuleSets.load("detail");
        assertThat(rules.kinship("CS1.1.1.1", "CS1.1.1.2")).isEqualTo(3);
        assertThat(rules.kinship("CS1.1.1.1", "CS1.2.2")).isEqualTo(1);
        assertThat(rules.kinship("CS1.1.1.1", "CS2.2.1")).isZero();
        assertThat(rules.kinship("water", "water-body")).isZero();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            name: x; tolerance-metres: -1; minimum-square-metres: 0                     | tolerance-metres must be 0 to 100, not -1.0
            name: x; tolerance-metres: .nan; minimum-square-metres: 0                   | Malformed numeric value
            name: x; tolerance-metres: 1; minimum-square-metres: -5                     | minimum-square-metres must be 0 to 1e9, not -5.0
            name: x; tolerance-metres: 1; minimum-square-metres: a lot                  | a lot
            name: x; tolerance-metres: 1; minimum-square-metres: 1; minimum-area: 3 | minimum-area
            name: x; tolerance-metres: 1                                                | minimum-square-metres
            tolerance-metres: 1; minimum-square-metres: 1; name: ''                     | it has no name
            name: x; tolerance-metres: 1; minimum-square-metres: 1; classes: {a: {minimum-square-metres: -2}} | of a class must be 0
            name: x; tolerance-metres: 1; minimum-square-metres: 1; kin: [[a, b], [b]]  | class b stands twice
            name: x; tolerance-metres: 1; minimum-square-metres: 1; built-up-zone: {buildings: [], reach-metres: 5, smallest-building-square-metres: 0, minimum-square-metres: 1} | names no class
            name: x; tolerance-metres: 1; minimum-square-metres: 1; built-up-zone: {buildings: [a], reach-metres: 0, smallest-building-square-metres: 0, minimum-square-metres: 1} | reach-metres
            name: x; tolerance-metres: 1; minimum-square-metres: 1; name: y             | name
            name: x; tolerance-metres: 1; minimum-square-metres: 1; nomenclature: corine | nomenclature must be one of [cosia, ocs-ge], not corine
            name: x; tolerance-metres: 1; minimum-square-metres: 1; minimum-width-metres: -3 | minimum-width-metres must be 0 to 1000, not -3.0
            name: [                                                                     | line 1
            """)
    void aMistakeIsNamed(String yaml, String told) {
        var lines = String.join("\n", yaml.split("; ")).getBytes(StandardCharsets.UTF_8);
        assertThatThrownBy(() -> RuleSets.parse("own.yaml", lines))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("own.yaml")
                .hasMessageContaining(told);
    }

    @Test
    void anUnknownNameAndAnUnknownClassAreNamed(@TempDir Path folder) throws Exception {
        assertThatThrownBy(() -> RuleSets.load("osc-ge"))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("osc-ge")
                .hasMessageContaining("detail, exact, cosia, ocs-ge");
        var file = Files.writeString(folder.resolve("own.yaml"), """
                name: own
                tolerance-metres: 1
                minimum-square-metres: 3
                classes: {bulding: {minimum-square-metres: 2}}
                """);
        var rules = RuleSets.load(file.toString());
        assertThatThrownBy(() -> MapRules.of(file.toString(), rules, SampleRun.nomenclature(), 0.2))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("bulding")
                .hasMessageContaining("sample");
    }
}
