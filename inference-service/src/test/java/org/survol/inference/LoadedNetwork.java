// SPDX-License-Identifier: Apache-2.0
package org.survol.inference;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.survol.core.model.ModelCard;
import org.survol.core.plan.Windowing;

/** A network on the CPU with room for one window. */
final class LoadedNetwork implements AutoCloseable {

    private final OnnxNetwork network;
    private final WindowBatch batch;

    private LoadedNetwork(OnnxNetwork network, WindowBatch batch) {
        this.network = network;
        this.batch = batch;
    }

    static LoadedNetwork of(String key, Path file, ModelCard card, int side) throws InferenceException {
        var network = OnnxNetwork.load(key, file, card, new Windowing(side, 0), Accelerator.cpu(), 1, 1);
        var batch = new WindowBatch(card, 1, side);
        batch.shape(side, side);
        return new LoadedNetwork(network, batch);
    }

    void run() throws InferenceException {
        network.run(batch, 0, 1);
    }

    ByteBuffer input() {
        return batch.input();
    }

    ByteBuffer classes() {
        return batch.classes();
    }

    ByteBuffer probabilities() {
        return batch.probabilities();
    }

    ByteBuffer confidence() {
        return batch.confidence();
    }

    @Override
    public void close() {
        network.close();
    }
}
