// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.store;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.survol.catalog.Collections;

/**
 * What people type: Items that have one of these in what they are called by, small and capital letters of ASCII alike. As a
 * condition in SQL; wildcards mean themselves.
 */
public record Words(List<String> words) {

    public static final Words NONE = new Words(List.of());

    private static final List<ItemField> NAMES = List.of(
            ItemField.TITLE,
            ItemField.ACQUISITION,
            ItemField.MODEL,
            ItemField.PLATFORM,
            ItemField.MISSION,
            ItemField.CONSTELLATION);

    private static final String CAPITALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    private static final String SMALL = "abcdefghijklmnopqrstuvwxyz";

    public Words {
        words = words.stream().map(Words::small).toList();
    }

    /** Databases have their own ideas of letters; on these they agree. */
    private static String small(String text) {
        var small = new StringBuilder(text);
        for (int i = 0; i < small.length(); i++) {
            int letter = CAPITALS.indexOf(small.charAt(i));
            if (letter >= 0) {
                small.setCharAt(i, SMALL.charAt(letter));
            }
        }
        return small.toString();
    }

    public boolean isEmpty() {
        return words.isEmpty();
    }

    /** Whether one of them is in one of the texts. */
    public boolean isIn(String... texts) {
        return words.stream().anyMatch(word -> List.of(texts).stream()
                .anyMatch(text -> small(text).contains(word)));
    }

    FilterSql.Condition ofItems() {
        return in(NAMES);
    }

    /** Predictions have no names but those that their group shares; of others any may have one. */
    FilterSql.Condition ofGroups(Set<ItemField> shared) {
        var condition = in(NAMES.stream().filter(shared::contains).toList());
        var values = new ArrayList<Object>();
        values.add(Collections.PREDICTIONS);
        values.addAll(condition.values());
        return new FilterSql.Condition("collection <> ? or " + condition.sql(), values, false);
    }

    private FilterSql.Condition in(List<ItemField> fields) {
        var alternatives = new ArrayList<String>();
        var values = new ArrayList<Object>();
        for (var word : words) {
            for (var field : fields) {
                // a model is named by none of the flights that were mapped with it
                alternatives.add(
                        (field == ItemField.ACQUISITION ? "collection <> '" + Collections.MODELS + "' and " : "")
                                + "translate(" + field.column().orElseThrow() + ", '" + CAPITALS + "', '" + SMALL
                                + "') like ? escape '\\'");
                values.add("%" + word.replaceAll("([%_\\\\])", "\\\\$1") + "%");
            }
        }
        return new FilterSql.Condition(String.join(" or ", alternatives), values, true);
    }
}
