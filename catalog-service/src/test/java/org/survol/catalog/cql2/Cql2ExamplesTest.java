// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.cql2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The standard's examples and those of another implementation: both forms of each are read as the same filter. */
class Cql2ExamplesTest {

    private static final Path STANDARD = NaturalEarth.FOLDER.resolve("ogcapi-features/cql2/standard/schema/examples");
    private static final Path OTHERS = NaturalEarth.FOLDER.resolve("cql2-rs/tests");

    @Test
    void bothFormsOfTheStandardsExamplesMeanTheSame() throws IOException {
        int compared = 0;
        for (var file : files(STANDARD.resolve("text"), ".txt")) {
            var fromText = Cql2Text.parse(composed(Files.readString(file)));
            var name = file.getFileName().toString().replaceAll("(-alt\\d+)?\\.txt$", ".json");
            var json = STANDARD.resolve("json").resolve(name);
            if (Files.exists(json)) {
                assertThat(fromText).as(file.toString()).isEqualTo(Cql2Json.parse(composed(Files.readString(json))));
                compared++;
            }
        }
        assertThat(compared).isGreaterThan(110);
    }

    @Test
    void whatAnotherImplementationMakesOfThemMeansTheSame() throws IOException {
        for (var file : files(OTHERS.resolve("expected"), ".out")) {
            var lines = Files.readAllLines(file);
            var input = composed(lines.getFirst());
            var expected = input.startsWith("{") ? Cql2Json.parse(input) : Cql2Text.parse(input);
            // it writes div as a function, which the standard's grammar does not
            if (!lines.get(1).contains("div(")) {
                assertThat(Cql2Text.parse(composed(lines.get(1))))
                        .as("%s, text", file)
                        .isEqualTo(expected);
            }
            assertThat(Cql2Json.parse(composed(lines.get(2))))
                    .as("%s, JSON", file)
                    .isEqualTo(expected);
        }
    }

    @Test
    void readsEveryExpressionOfTheAbstractTests() throws IOException {
        assumeTrue(Files.isDirectory(OTHERS), OTHERS + " is not here");
        int read = 0;
        for (var line : Files.readAllLines(OTHERS.resolve("ats/expressions.txt"))) {
            if (!line.startsWith("#") && line.contains("|")) {
                assertThat(Cql2Text.parse(line.substring(line.indexOf('|') + 1)))
                        .as(line)
                        .isNotNull();
                read++;
            }
        }
        assertThat(read).isGreaterThan(100);
    }

    private static String composed(String text) {
        return Normalizer.normalize(text, Normalizer.Form.NFC);
    }

    private static List<Path> files(Path folder, String ending) throws IOException {
        assumeTrue(Files.isDirectory(folder), folder + " is not here");
        try (var files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(ending))
                    .sorted()
                    .toList();
        }
    }
}
