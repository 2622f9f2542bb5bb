// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.cql2;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The pattern of a LIKE: {@code %} stands for any characters, {@code _} for one, a backslash takes the meaning from the
 * next one. Matching takes at most length times length steps, whatever the pattern.
 */
public final class LikePattern {

    private static final int ANY = -1;
    private static final int ONE = -2;

    private final int[] parts;

    private LikePattern(int[] parts) {
        this.parts = parts;
    }

    public static LikePattern of(String pattern) {
        List<Integer> parts = new ArrayList<>();
        var points = pattern.codePoints().toArray();
        for (int i = 0; i < points.length; i++) {
            if (points[i] == '\\' && i + 1 < points.length) {
                parts.add(points[++i]);
            } else if (points[i] == '%') {
                if (parts.isEmpty() || parts.getLast() != ANY) {
                    parts.add(ANY);
                }
            } else {
                parts.add(points[i] == '_' ? ONE : points[i]);
            }
        }
        return new LikePattern(parts.stream().mapToInt(Integer::intValue).toArray());
    }

    /** Whether a {@code _} stands for a character: databases do not agree on what one is. */
    public boolean countsCharacters() {
        return Arrays.stream(parts).anyMatch(part -> part == ONE);
    }

    /**
     * The same in SQL's notation, to be used with {@code escape '\'}, so that no database takes offence at a lone backslash;
     * with {@code %} for each {@code _}.
     */
    public String sql() {
        var sql = new StringBuilder();
        for (int part : parts) {
            switch (part) {
                case ANY, ONE -> sql.append('%');
                case '%', '_', '\\' -> sql.append('\\').append((char) part);
                default -> sql.appendCodePoint(part);
            }
        }
        return sql.toString();
    }

    boolean matches(String text) {
        var points = text.codePoints().toArray();
        int at = 0;
        int part = 0;
        int lastAny = -1;
        int retryAt = 0;
        while (at < points.length) {
            if (part < parts.length && parts[part] == ANY) {
                lastAny = part++;
                retryAt = at;
            } else if (part < parts.length && (parts[part] == ONE || parts[part] == points[at])) {
                part++;
                at++;
            } else if (lastAny >= 0) {
                // the last % takes one character more
                part = lastAny + 1;
                at = ++retryAt;
            } else {
                return false;
            }
        }
        while (part < parts.length && parts[part] == ANY) {
            part++;
        }
        return part == parts.length;
    }
}
