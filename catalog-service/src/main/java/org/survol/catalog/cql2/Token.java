// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.cql2;

import java.util.ArrayList;
import java.util.List;

/**
 * A piece of the text form.
 *
 * @param text of a quoted name or a string: what is between the quotes
 * @param at where it starts, counted in characters from 1
 */
record Token(Kind kind, String text, int at) {

    enum Kind {
        /** A word without quotes: a keyword, a property or a function. */
        WORD,
        /** A property in double quotes. */
        NAME,
        STRING,
        NUMBER,
        SYMBOL,
        END
    }

    boolean is(String symbol) {
        return kind == Kind.SYMBOL && text.equals(symbol);
    }

    boolean isWord(String word) {
        return kind == Kind.WORD && text.equalsIgnoreCase(word);
    }

    /** In a message. */
    String shown() {
        return kind == Kind.END ? "the end of the filter" : "\"" + Cql2Exception.shown(text) + "\" at character " + at;
    }

    static List<Token> of(String text) {
        var tokens = new ArrayList<Token>();
        int at = 0;
        while (at < text.length()) {
            char c = text.charAt(at);
            if (Character.isWhitespace(c)) {
                at++;
            } else if (c == '\'') {
                at = string(text, at, tokens);
            } else if (c == '"') {
                int end = text.indexOf('"', at + 1);
                if (end < 0) {
                    throw new Cql2Exception("the name that starts at character " + (at + 1) + " has no closing quote");
                }
                tokens.add(new Token(Kind.NAME, text.substring(at + 1, end), at + 1));
                at = end + 1;
            } else if (isDigit(c) || c == '.' && at + 1 < text.length() && isDigit(text.charAt(at + 1))) {
                at = number(text, at, tokens);
            } else if (startsWord(c)) {
                int end = at + 1;
                while (end < text.length() && continuesWord(text.charAt(end))) {
                    end++;
                }
                tokens.add(new Token(Kind.WORD, text.substring(at, end), at + 1));
                at = end;
            } else {
                at = symbol(text, at, tokens);
            }
        }
        tokens.add(new Token(Kind.END, "", text.length() + 1));
        return tokens;
    }

    /** A quote within is written twice, or after a backslash. */
    private static int string(String text, int start, List<Token> tokens) {
        var value = new StringBuilder();
        int at = start + 1;
        while (at < text.length()) {
            char c = text.charAt(at);
            boolean quoteNext = at + 1 < text.length() && text.charAt(at + 1) == '\'';
            if (quoteNext && (c == '\'' || c == '\\')) {
                value.append('\'');
                at += 2;
            } else if (c == '\'') {
                tokens.add(new Token(Kind.STRING, value.toString(), start + 1));
                return at + 1;
            } else {
                value.append(c);
                at++;
            }
        }
        throw new Cql2Exception("the text that starts at character " + (start + 1) + " has no closing quote");
    }

    private static int number(String text, int start, List<Token> tokens) {
        int at = digits(text, start);
        if (at < text.length() && text.charAt(at) == '.') {
            at = digits(text, at + 1);
        }
        if (at < text.length() && (text.charAt(at) == 'e' || text.charAt(at) == 'E')) {
            int exponent = at + 1;
            if (exponent < text.length() && (text.charAt(exponent) == '+' || text.charAt(exponent) == '-')) {
                exponent++;
            }
            int end = digits(text, exponent);
            if (end > exponent) {
                at = end;
            }
        }
        tokens.add(new Token(Kind.NUMBER, text.substring(start, at), start + 1));
        return at;
    }

    private static int digits(String text, int at) {
        int end = at;
        while (end < text.length() && isDigit(text.charAt(end))) {
            end++;
        }
        return end;
    }

    private static int symbol(String text, int at, List<Token> tokens) {
        for (var symbol : List.of("<>", "<=", ">=", "<", ">", "=", "(", ")", ",", "+", "-", "*", "/", "%", "^")) {
            if (text.startsWith(symbol, at)) {
                tokens.add(new Token(Kind.SYMBOL, symbol, at + 1));
                return at + symbol.length();
            }
        }
        throw new Cql2Exception("the character \"" + Character.toString(text.codePointAt(at)) + "\" at character "
                + (at + 1) + " means nothing here");
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static boolean startsWord(char c) {
        return c == ':' || c == '_' || Character.isLetter(c) || Character.isSurrogate(c);
    }

    private static boolean continuesWord(char c) {
        return startsWord(c)
                || c == '.'
                || Character.isLetterOrDigit(c)
                || Character.getType(c) == Character.NON_SPACING_MARK;
    }
}
