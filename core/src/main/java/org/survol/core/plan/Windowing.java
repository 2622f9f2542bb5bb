// SPDX-License-Identifier: Apache-2.0
package org.survol.core.plan;

import org.survol.core.model.ModelCard;

/**
 * The windows that a run's network sees, on the absolute grid. Each is computed whole, and its outer {@code margin}
 * pixels, for which the network lacked context, are thrown away.
 *
 * @param window side of a computed window, pixels
 * @param margin context on every side that is computed and thrown away, pixels
 */
public record Windowing(int window, int margin) {

    public Windowing {
        if (margin < 0 || 2L * margin >= window) {
            throw new IllegalArgumentException(
                    "a margin of " + margin + " pixels leaves nothing of a window of " + window);
        }
    }

    /** What the model's author recommends. */
    public static Windowing ofCard(ModelCard card) {
        return new Windowing(card.windowSize(), card.marginPixels());
    }

    /**
     * Windows whose kept part is what one pass over the whole image would give: the margin reaches as far as the network
     * sees, and windows start where the network's own coarser grids do. At least a quarter of a window is kept.
     */
    public static Windowing exact(ModelCard card) {
        int margin = roundUp(Math.max(card.receptiveFieldPixels(), card.marginPixels()), card.windowMultiple());
        return new Windowing(Math.max(card.windowSize(), roundUp(4 * margin, card.windowMultiple())), margin);
    }

    /**
     * Reads an operator's choice.
     *
     * @param setting {@code card}, {@code exact}, or {@code WINDOW/MARGIN} in pixels
     * @throws IllegalArgumentException saying what is wrong with it
     */
    public static Windowing parse(String setting, ModelCard card) {
        switch (setting) {
            case "card":
                return ofCard(card);
            case "exact":
                return exact(card);
            default:
                var numbers = setting.split("/", -1);
                if (numbers.length != 2 || !numbers[0].matches("\\d{1,6}") || !numbers[1].matches("\\d{1,6}")) {
                    throw new IllegalArgumentException(
                            "windows must be card, exact, or WINDOW/MARGIN in pixels, such as" + " 2048/256, not "
                                    + setting);
                }
                var windowing = new Windowing(Integer.parseInt(numbers[0]), Integer.parseInt(numbers[1]));
                if (windowing.window % card.windowMultiple() != 0) {
                    throw new IllegalArgumentException("windows of model " + card.name() + " must be a multiple of "
                            + card.windowMultiple() + " pixels, not " + windowing.window);
                }
                return windowing;
        }
    }

    /** Side of the part of a window that is kept, pixels. */
    public int stride() {
        return window - 2 * margin;
    }

    /** Whether any part of a window gives, with its margin around it, what the whole image would: see {@link #exact}. */
    public boolean isExactFor(ModelCard card) {
        return margin >= card.receptiveFieldPixels()
                && margin % card.windowMultiple() == 0
                && window % card.windowMultiple() == 0;
    }

    /**
     * Context that every stack carries: what the network needs for the tile's own pixels. Where the windows are exact,
     * those parts that lie in other tiles are cut off. Otherwise all of a window counts, and when the stride does not
     * divide the tile, the window that holds its first pixel starts up to a stride before it.
     */
    public int halo(int tileSize, ModelCard card) {
        return isExactFor(card) || tileSize % stride() == 0 ? margin : margin + stride();
    }

    private static int roundUp(int number, int multiple) {
        return Math.ceilDiv(number, multiple) * multiple;
    }
}
