// SPDX-License-Identifier: Apache-2.0
package org.survol.core.nomenclature;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.survol.core.Json;

class FlairTest {

    @Test
    void numbersItsClassesFromOneToNineteenWithoutAGap() {
        assertThat(Flair.NOMENCLATURE.classes())
                .extracting(LandClass::value)
                .containsExactlyElementsOf(IntStream.rangeClosed(1, 19).boxed().toList());
    }

    @Test
    void givesEveryClassItsOwnCodeAndColour() {
        assertThat(Flair.NOMENCLATURE.classes()).extracting(LandClass::code).doesNotHaveDuplicates();
        assertThat(Flair.NOMENCLATURE.classes()).extracting(LandClass::rgb).doesNotHaveDuplicates();
    }

    @Test
    void isTheListThatModelsAreTrainedWith() throws IOException {
        var training = Path.of("..", "training", "nomenclatures", "flair.json");
        assertThat(Json.parse(Files.readAllBytes(training), Nomenclature.class)).isEqualTo(Flair.NOMENCLATURE);
    }
}
