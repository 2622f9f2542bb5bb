// SPDX-License-Identifier: Apache-2.0
package org.survol.inference;

import java.nio.ByteBuffer;
import org.survol.core.model.ModelCard;

/**
 * Room for some windows of one size, before and after the network: unsigned bytes in direct buffers that are allocated
 * once. Window after window, in each plane after plane, in each row after row from the north.
 */
final class WindowBatch {

    private final int capacity;
    private final int bands;
    private final int classCount;
    private final int largest;
    private final ByteBuffer input;
    private final ByteBuffer classes;
    private final ByteBuffer probabilities;
    private final ByteBuffer confidence;
    private int height;
    private int width;

    /**
     * @param capacity windows
     * @param side of the largest window, pixels
     */
    WindowBatch(ModelCard card, int capacity, int side) {
        this.capacity = capacity;
        this.bands = card.bands().size();
        this.classCount = card.nomenclature().classes().size();
        this.largest = Math.multiplyExact(side, side);
        int pixels = Math.multiplyExact(capacity, largest);
        input = ByteBuffer.allocateDirect(Math.multiplyExact(pixels, bands));
        classes = ByteBuffer.allocateDirect(pixels);
        probabilities = ByteBuffer.allocateDirect(Math.multiplyExact(pixels, classCount));
        confidence = ByteBuffer.allocateDirect(pixels);
    }

    /** What the largest buffer can address, and what leaves half of the memory outside the heap free. */
    static int mostWindows(ModelCard card, int side, int batches) {
        long pixels = (long) side * side;
        int bands = card.bands().size();
        int classes = card.nomenclature().classes().size();
        long addressed = Integer.MAX_VALUE / (pixels * Math.max(bands, classes));
        // outside the heap there is as much as in it
        long held = Runtime.getRuntime().maxMemory() / 2 / (batches * pixels * (bands + classes + 2));
        return (int) Math.max(1, Math.min(addressed, held));
    }

    /** Of all windows from now on, until they have left. */
    void shape(int newHeight, int newWidth) {
        if ((long) newHeight * newWidth > largest) {
            throw new IllegalArgumentException(
                    newHeight + " x " + newWidth + " pixels do not fit where " + largest + " do");
        }
        height = newHeight;
        width = newWidth;
    }

    int capacity() {
        return capacity;
    }

    int height() {
        return height;
    }

    int width() {
        return width;
    }

    int bands() {
        return bands;
    }

    int classCount() {
        return classCount;
    }

    int planeSize() {
        return height * width;
    }

    /** One plane a band, in the card's order. */
    ByteBuffer input() {
        return input;
    }

    void clearInput(int index) {
        int windowBytes = bands * planeSize();
        byte[] zeros = new byte[width];
        for (int i = index * windowBytes; i < (index + 1) * windowBytes; i += width) {
            input.put(i, zeros);
        }
    }

    /** One plane: the values of the nomenclature. */
    ByteBuffer classes() {
        return classes;
    }

    /** One plane a class, in the nomenclature's order; 255 = certain. */
    ByteBuffer probabilities() {
        return probabilities;
    }

    /** One plane: the probability of the class that was chosen. */
    ByteBuffer confidence() {
        return confidence;
    }
}
