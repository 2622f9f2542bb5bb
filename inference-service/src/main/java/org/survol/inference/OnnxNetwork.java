// SPDX-License-Identifier: Apache-2.0
package org.survol.inference;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.survol.core.BadInputException;
import org.survol.core.model.ModelCard;
import org.survol.core.plan.Windowing;

/**
 * A network in ONNX Runtime, with the inputs and outputs that {@link ModelCard} promises. Its tensors wrap the batch's
 * direct buffers: a run copies nothing between Java and the runtime.
 */
final class OnnxNetwork implements Network {

    private static final Logger LOG = LoggerFactory.getLogger(OnnxNetwork.class);
    private static final String MEND = "Export the model with the inputs and outputs that its card promises";

    /** What ONNX Runtime and CUDA say when memory ran out; there is no error code for it. */
    private static final Pattern OUT_OF_MEMORY = Pattern.compile(
            "failed to allocate|out of memory|bad_alloc|alloc_failed|CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION",
            Pattern.CASE_INSENSITIVE);

    private final String name;
    private final String device;
    private final boolean takesAnySize;
    private final int windowsAtOnce;
    private final OrtEnvironment environment;
    private final OrtSession session;

    /**
     * @param key what to name in a refusal
     * @param windowing the windows it will be asked to score
     * @param windowsAtOnce that it may be given, if it takes several
     * @param threads of one run on the CPU
     * @throws BadInputException when the file is no network that ONNX Runtime can run, or not the one its card describes
     * @throws InferenceException when the GPU refused it
     */
    static OnnxNetwork load(
            String key,
            Path file,
            ModelCard card,
            Windowing windowing,
            Accelerator accelerator,
            int windowsAtOnce,
            int threads)
            throws InferenceException {
        var environment = OnnxEnvironment.get();
        try (var options = new OrtSession.SessionOptions()) {
            options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
            options.setIntraOpNumThreads(threads);
            options.setInterOpNumThreads(1);
            // idle threads sleep: other work shares these cores
            options.addConfigEntry("session.intra_op.allow_spinning", "0");
            accelerator.enable(options, card, windowsAtOnce, windowing.window());
            var session = createSession(key, file, environment, options, accelerator.device());
            try {
                check(key, session, card, windowing.window());
                return new OnnxNetwork(key, environment, session, accelerator, windowsAtOnce);
            } catch (RuntimeException | OrtException e) {
                session.close();
                throw e;
            }
        } catch (OrtException e) {
            throw new InferenceException(key + " could not be made ready: " + e.getMessage(), e);
        }
    }

    private OnnxNetwork(
            String name, OrtEnvironment environment, OrtSession session, Accelerator accelerator, int windowsAtOnce)
            throws OrtException {
        this.name = name;
        this.environment = environment;
        this.session = session;
        this.device = accelerator.device();
        this.takesAnySize = !accelerator.likesOneSize() && isOpen(session, 2) && isOpen(session, 1);
        this.windowsAtOnce = isOpen(session, 4) ? windowsAtOnce : 1;
    }

    /** @param fromTheEnd 1 the width, 2 the height; of the input, 4 the number of windows */
    private static boolean isOpen(OrtSession session, int fromTheEnd) throws OrtException {
        var shape = ((TensorInfo) session.getInputInfo().get("input").getInfo()).getShape();
        return shape[shape.length - fromTheEnd] == -1;
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

    private static void check(String key, OrtSession session, ModelCard card, int side) throws OrtException {
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

    @Override
    public String device() {
        return device;
    }

    @Override
    public int windowsAtOnce() {
        return windowsAtOnce;
    }

    @Override
    public boolean takesAnySize() {
        return takesAnySize;
    }

    @Override
    public void run(WindowBatch batch, int first, int count) throws InferenceException {
        int height = batch.height();
        int width = batch.width();
        try (var input = tensor(batch.input(), first, count, batch.bands(), height, width);
                var classes = tensor(batch.classes(), first, count, height, width);
                var probabilities = tensor(batch.probabilities(), first, count, batch.classCount(), height, width);
                var confidence = tensor(batch.confidence(), first, count, height, width)) {
            var outputs = Map.of("classes", classes, "probabilities", probabilities, "confidence", confidence);
            // the outputs are ours, so the result owns nothing
            session.run(Map.of("input", input), outputs).close();
        } catch (OrtException e) {
            if (OUT_OF_MEMORY.matcher(e.getMessage()).find()) {
                throw new OutOfDeviceMemoryException(
                        name + " needs more memory than " + device + " has for " + count + " windows of " + width
                                + " x " + height + " pixels: " + e.getMessage(),
                        e);
            }
            throw new InferenceException(name + " failed on " + device + ": " + e.getMessage(), e);
        }
    }

    /** A view of windows {@code first} to {@code first + count - 1}. */
    private OnnxTensor tensor(ByteBuffer buffer, long first, long... shape) throws OrtException {
        long window = 1;
        for (int i = 1; i < shape.length; i++) {
            window *= shape[i];
        }
        var view = buffer.slice(Math.toIntExact(first * window), Math.toIntExact(shape[0] * window));
        return OnnxTensor.createTensor(environment, view, shape, OnnxJavaType.UINT8);
    }

    @Override
    public void close() {
        try {
            session.close();
        } catch (OrtException e) {
            LOG.warn("{} did not close cleanly", name, e);
        }
    }
}
