// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.stac;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.survol.catalog.cql2.Queryable.Type;
import org.survol.catalog.store.ItemCounts;
import org.survol.catalog.store.ItemField;

/** What can be counted over the Items of a search, under the name that STAC or we gave it. */
sealed interface Aggregation {

    String name();

    String dataType();

    /** @param aggregation that already has its name and type */
    void describe(ItemCounts counts, ObjectNode aggregation);

    /** @param field of which Items are counted value by value; the others need none */
    static Optional<ItemField> field(Aggregation aggregation) {
        return aggregation instanceof Values values ? Optional.of(values.field()) : Optional.empty();
    }

    List<ItemField> COUNTED = List.of(
            ItemField.PLATFORM,
            ItemField.MISSION,
            ItemField.CONSTELLATION,
            ItemField.GSD,
            ItemField.PROJ_CODE,
            ItemField.ACQUISITION,
            ItemField.MODEL,
            ItemField.MODEL_VERSION,
            ItemField.VINTAGE,
            ItemField.DEVICE);

    /** @param collection absent: what can be counted over all of them */
    static List<Aggregation> of(Optional<String> collection) {
        var all = new ArrayList<Aggregation>();
        all.add(new Total());
        all.add(new Earliest());
        all.add(new Latest());
        all.add(new Months());
        if (collection.isEmpty()) {
            all.add(new Values(ItemField.COLLECTION));
        }
        COUNTED.stream()
                .filter(field -> field.isOf(collection))
                .map(Values::new)
                .forEach(all::add);
        return all;
    }

    record Total() implements Aggregation {

        @Override
        public String name() {
            return "total_count";
        }

        @Override
        public String dataType() {
            return "integer";
        }

        @Override
        public void describe(ItemCounts counts, ObjectNode aggregation) {
            aggregation.put("value", counts.total());
        }
    }

    record Earliest() implements Aggregation {

        @Override
        public String name() {
            return "datetime_min";
        }

        @Override
        public String dataType() {
            return "datetime";
        }

        @Override
        public void describe(ItemCounts counts, ObjectNode aggregation) {
            time(counts.first(), aggregation);
        }
    }

    record Latest() implements Aggregation {

        @Override
        public String name() {
            return "datetime_max";
        }

        @Override
        public String dataType() {
            return "datetime";
        }

        @Override
        public void describe(ItemCounts counts, ObjectNode aggregation) {
            time(counts.last(), aggregation);
        }
    }

    /** Month by month, UTC; those without Items are left out. */
    record Months() implements Aggregation {

        @Override
        public String name() {
            return "datetime_frequency";
        }

        @Override
        public String dataType() {
            return "frequency_distribution";
        }

        @Override
        public void describe(ItemCounts counts, ObjectNode aggregation) {
            var months = new TreeMap<LocalDate, Long>();
            counts.byDay()
                    .forEach((day, items) ->
                            months.merge(LocalDate.ofEpochDay(day).withDayOfMonth(1), items, Long::sum));
            aggregation.put("frequency_distribution_data_type", "datetime").put("overflow", 0);
            var buckets = aggregation.putArray("buckets");
            months.forEach((month, items) -> buckets.addObject()
                    .put("key", month.atStartOfDay(ZoneOffset.UTC).toInstant().toString())
                    .put("data_type", "interval_month")
                    .put("frequency", items));
        }
    }

    /** Value by value, most frequent first. */
    record Values(ItemField field) implements Aggregation {

        private static final int MOST_BUCKETS = 1_000;

        @Override
        public String name() {
            return field.field().replace(':', '_').replace('.', '_') + "_frequency";
        }

        @Override
        public String dataType() {
            return "frequency_distribution";
        }

        @Override
        public void describe(ItemCounts counts, ObjectNode aggregation) {
            var type = field.type() == Type.TEXT ? "string" : "numeric";
            aggregation.put("frequency_distribution_data_type", type);
            var values = counts.by().get(field).entrySet().stream()
                    .sorted(Map.Entry.<String, Long>comparingByValue()
                            .reversed()
                            .thenComparing(Map.Entry.comparingByKey()))
                    .toList();
            aggregation.put(
                    "overflow",
                    values.stream()
                            .skip(MOST_BUCKETS)
                            .mapToLong(Map.Entry::getValue)
                            .sum());
            var buckets = aggregation.putArray("buckets");
            values.stream().limit(MOST_BUCKETS).forEach(value -> buckets.addObject()
                    .put("key", value.getKey())
                    .put("data_type", type)
                    .put("frequency", value.getValue()));
        }
    }

    private static void time(Optional<Instant> time, ObjectNode aggregation) {
        aggregation.put("value", time.map(Instant::toString).orElse(null));
    }
}
