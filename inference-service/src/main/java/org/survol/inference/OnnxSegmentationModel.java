// SPDX-License-Identifier: Apache-2.0
package org.survol.inference;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtProvider;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.survol.core.BadInputException;
import org.survol.core.model.ModelCard;

/**
 * A network in ONNX Runtime, with the inputs and outputs that {@link ModelCard} promises. The tensors wrap direct
 * buffers once: a run copies nothing between Java and the runtime and leaves no garbage.
 */
final class OnnxSegmentationModel implements SegmentationModel {

    private static final Logger LOG = LoggerFactory.getLogger(OnnxSegmentationModel.class);
    private static final String MEND = "Export the model with the inputs and outputs that its card promises";

    private final String name;
    private final int side;
    private final String device;
    private final OrtSession session;
    private final ByteBuffer input;
    private final ByteBuffer classes;
    private final ByteBuffer probabilities;
    private final ByteBuffer confidence;
    private final Map<String, OnnxTensor> inputs;
    private final Map<String, OnnxTensor> outputs;

    /**
     * @param key what to name in a refusal
     * @param threads of one run on the CPU
     * @throws BadInputException when the file is no network that ONNX Runtime can run, or not the one its card describes
     * @throws InferenceException when the GPU refused it
     */
    static OnnxSegmentationModel load(String key, Path file, ModelCard card, Device wanted, int threads)
            throws InferenceException {
        var environment = OnnxEnvironment.get();
        try (var options = new OrtSession.SessionOptions()) {
            options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
            options.setIntraOpNumThreads(threads);
            options.setInterOpNumThreads(1);
            // idle threads sleep: other work shares these cores
            options.addConfigEntry("session.intra_op.allow_spinning", "0");
            var device = choose(wanted, options);
            var session = createSession(key, file, environment, options, device);
            try {
                check(key, session, card);
                return new OnnxSegmentationModel(key, card, environment, session, device);
            } catch (RuntimeException | OrtException e) {
                session.close();
                throw e;
            }
        } catch (OrtException e) {
            throw new InferenceException(key + " could not be made ready: " + e.getMessage(), e);
        }
    }

    private OnnxSegmentationModel(
            String name, ModelCard card, OrtEnvironment environment, OrtSession session, String device)
            throws OrtException {
        this.name = name;
        this.side = card.windowSize();
        this.device = device;
        this.session = session;
        int bands = card.bands().size();
        int classCount = card.nomenclature().classes().size();
        input = planes(bands);
        classes = planes(1);
        probabilities = planes(classCount);
        confidence = planes(1);
        inputs = Map.of("input", tensor(environment, input, 1, bands, side, side));
        outputs = Map.of(
                "classes", tensor(environment, classes, 1, side, side),
                "probabilities", tensor(environment, probabilities, 1, classCount, side, side),
                "confidence", tensor(environment, confidence, 1, side, side));
    }

    /**
     * What networks will run on here, tried once so that it can be said at start.
     *
     * @throws IllegalStateException when a GPU is demanded and cannot be used
     */
    static String probe(Device wanted) {
        OnnxEnvironment.get();
        try (var options = new OrtSession.SessionOptions()) {
            return choose(wanted, options);
        }
    }

    private static String choose(Device wanted, OrtSession.SessionOptions options) {
        if (wanted == Device.CPU) {
            return "cpu";
        }
        Optional<String> obstacle = addCuda(options);
        if (obstacle.isEmpty()) {
            return "cuda:0";
        }
        if (wanted == Device.CUDA) {
            throw new IllegalStateException("survol.inference.device=cuda, but " + obstacle.get());
        }
        LOG.debug("No GPU: {}", obstacle.get());
        return "cpu";
    }

    /** @return why not */
    private static Optional<String> addCuda(OrtSession.SessionOptions options) {
        if (!OrtEnvironment.getAvailableProviders().contains(OrtProvider.CUDA)) {
            return Optional.of("this build carries ONNX Runtime for the CPU only; build it with -Pgpu");
        }
        try {
            options.addCUDA(0);
            return Optional.empty();
        } catch (OrtException e) {
            return Optional.of("CUDA cannot be used here: " + e.getMessage());
        }
    }

    private static OrtSession createSession(
            String key, Path file, OrtEnvironment environment, OrtSession.SessionOptions options, String device)
            throws InferenceException {
        try {
            return environment.createSession(file.toString(), options);
        } catch (OrtException e) {
            if (!device.equals("cpu") || isStopping()) {
                throw new InferenceException(key + " could not be loaded on " + device + ": " + e.getMessage(), e);
            }
            throw new BadInputException(
                    key,
                    "ONNX Runtime cannot load it: " + e.getMessage(),
                    "Export the model again, self-contained and with operators that ONNX Runtime has",
                    e);
        }
    }

    /**
     * Whether the JVM is on its way out. ONNX Runtime then closes itself in a shutdown hook, under the feet of work still
     * in hand; its complaints say nothing about the model.
     */
    private static boolean isStopping() {
        var probe = new Thread();
        try {
            Runtime.getRuntime().addShutdownHook(probe);
            Runtime.getRuntime().removeShutdownHook(probe);
            return false;
        } catch (IllegalStateException e) {
            return true;
        }
    }

    private static void check(String key, OrtSession session, ModelCard card) throws OrtException {
        int side = card.windowSize();
        int classCount = card.nomenclature().classes().size();
        var in = session.getInputInfo();
        if (in.size() != 1) {
            throw new BadInputException(key, "it has inputs " + in.keySet() + " where one, input, is expected", MEND);
        }
        check(key, "input", in.get("input"), 1, card.bands().size(), side, side);
        var out = session.getOutputInfo();
        check(key, "classes", out.get("classes"), 1, side, side);
        check(key, "probabilities", out.get("probabilities"), 1, classCount, side, side);
        check(key, "confidence", out.get("confidence"), 1, side, side);
    }

    private static void check(String key, String tensor, ai.onnxruntime.NodeInfo found, long... wanted) {
        if (found == null) {
            throw new BadInputException(key, "it has no tensor named " + tensor, MEND);
        }
        if (!(found.getInfo() instanceof TensorInfo info) || info.type != OnnxJavaType.UINT8) {
            throw new BadInputException(key, tensor + " is not uint8 but " + found.getInfo(), MEND);
        }
        long[] shape = info.getShape();
        boolean fits = shape.length == wanted.length;
        for (int i = 0; fits && i < shape.length; i++) {
            // -1 is a dimension that the network leaves open
            fits = shape[i] == -1 || shape[i] == wanted[i];
        }
        if (!fits) {
            throw new BadInputException(
                    key,
                    tensor + " has shape " + Arrays.toString(shape) + " where its card needs "
                            + Arrays.toString(wanted),
                    MEND);
        }
    }

    private ByteBuffer planes(int count) {
        return ByteBuffer.allocateDirect(Math.multiplyExact(count, Math.multiplyExact(side, side)));
    }

    private static OnnxTensor tensor(OrtEnvironment environment, ByteBuffer buffer, long... shape) throws OrtException {
        return OnnxTensor.createTensor(environment, buffer, shape, OnnxJavaType.UINT8);
    }

    @Override
    public int side() {
        return side;
    }

    @Override
    public String device() {
        return device;
    }

    @Override
    public ByteBuffer input() {
        return input;
    }

    @Override
    public ByteBuffer classes() {
        return classes;
    }

    @Override
    public ByteBuffer probabilities() {
        return probabilities;
    }

    @Override
    public ByteBuffer confidence() {
        return confidence;
    }

    @Override
    public void run() throws InferenceException {
        try {
            // the pinned tensors outlive the result, which owns nothing
            session.run(inputs, outputs).close();
        } catch (OrtException e) {
            throw new InferenceException(name + " failed on " + device + ": " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        inputs.values().forEach(OnnxTensor::close);
        outputs.values().forEach(OnnxTensor::close);
        try {
            session.close();
        } catch (OrtException e) {
            LOG.warn("{} did not close cleanly", name, e);
        }
    }
}
