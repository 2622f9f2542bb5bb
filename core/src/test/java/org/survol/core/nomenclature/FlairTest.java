// SPDX-License-Identifier: Apache-2.0
package org.survol.core.nomenclature;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

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
}
