// SPDX-License-Identifier: Apache-2.0
package org.survol.inference;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtProvider;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.providers.OrtCUDAProviderOptions;
import ai.onnxruntime.providers.OrtTensorRTProviderOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.survol.core.model.ModelCard;

/**
 * What networks run on here, and how ONNX Runtime is told.
 *
 * @param engines where TensorRT keeps the engines that it builds, which takes minutes, for the next start
 */
record Accelerator(Kind kind, Precision precision, Path engines) {

    enum Kind {
        CPU,
        CUDA,
        TENSORRT
    }

    private static final Logger LOG = LoggerFactory.getLogger(Accelerator.class);
    private static final int GPU = 0;
    /** windows that a GPU gets at once, unless the operator says otherwise; fewer when they do not fit */
    private static final int GPU_WINDOWS = 4;

    static Accelerator cpu() {
        return new Accelerator(Kind.CPU, Precision.FLOAT32, Path.of(""));
    }

    /**
     * Tries what is wanted, so that it can be said at start.
     *
     * @throws IllegalStateException when the operator demands a GPU that cannot be used, saying why
     */
    static Accelerator choose(Device wanted, Precision precision, Path engines) {
        OnnxEnvironment.get();
        var candidates =
                switch (wanted) {
                    case CPU -> List.<Kind>of();
                    case CUDA -> List.of(Kind.CUDA);
                    case TENSORRT -> List.of(Kind.TENSORRT);
                    case AUTO -> List.of(Kind.TENSORRT, Kind.CUDA);
                };
        for (var kind : candidates) {
            var accelerator = new Accelerator(kind, precision, engines);
            var obstacle = accelerator.obstacle();
            if (obstacle.isEmpty()) {
                return accelerator;
            }
            if (wanted != Device.AUTO) {
                throw new IllegalStateException("survol.inference.device="
                        + wanted.name().toLowerCase(Locale.ROOT) + ", but " + obstacle.get());
            }
            LOG.debug("No {}: {}", kind, obstacle.get());
        }
        return cpu();
    }

    /** For logs, metrics and the metadata of results. */
    String device() {
        return kind == Kind.CPU ? "cpu" : kind.name().toLowerCase(Locale.ROOT) + ":" + GPU;
    }

    /** On the CPU larger batches only cost memory. */
    int usualWindowsAtOnce() {
        return kind == Kind.CPU ? 1 : GPU_WINDOWS;
    }

    /** A TensorRT engine is built for one size of windows. */
    boolean likesOneSize() {
        return kind == Kind.TENSORRT;
    }

    /** @param side of the windows, pixels */
    void enable(SessionOptions options, ModelCard card, int windowsAtOnce, int side) throws OrtException {
        if (kind == Kind.TENSORRT) {
            engines.toFile().mkdirs();
            try (var tensorRt = new OrtTensorRTProviderOptions(GPU)) {
                tensorRt.add("trt_engine_cache_enable", "1");
                tensorRt.add("trt_engine_cache_path", engines.toString());
                tensorRt.add("trt_timing_cache_enable", "1");
                tensorRt.add("trt_timing_cache_path", engines.toString());
                tensorRt.add("trt_fp16_enable", precision == Precision.FLOAT16 ? "1" : "0");
                tensorRt.add("trt_profile_min_shapes", shape(card, 1, side));
                tensorRt.add("trt_profile_opt_shapes", shape(card, windowsAtOnce, side));
                tensorRt.add("trt_profile_max_shapes", shape(card, windowsAtOnce, side));
                options.addTensorrt(tensorRt);
            }
        }
        if (kind != Kind.CPU) {
            // also what TensorRT leaves over
            try (var cuda = cuda()) {
                options.addCUDA(cuda);
            }
        }
    }

    private OrtCUDAProviderOptions cuda() throws OrtException {
        var cuda = new OrtCUDAProviderOptions(GPU);
        // a search for every size of window would cost more than it finds
        cuda.add("cudnn_conv_algo_search", "HEURISTIC");
        cuda.add("arena_extend_strategy", "kSameAsRequested");
        cuda.add("use_tf32", precision == Precision.FLOAT32 ? "0" : "1");
        return cuda;
    }

    private static String shape(ModelCard card, int windows, int side) {
        return "input:" + windows + "x" + card.bands().size() + "x" + side + "x" + side;
    }

    /** Why it cannot be used here. */
    private Optional<String> obstacle() {
        var provider = kind == Kind.CUDA ? OrtProvider.CUDA : OrtProvider.TENSOR_RT;
        if (!OrtEnvironment.getAvailableProviders().contains(provider)) {
            return Optional.of("this build carries ONNX Runtime for the CPU only; build it with -Pgpu");
        }
        try (var options = new SessionOptions()) {
            if (kind == Kind.CUDA) {
                try (var cuda = cuda()) {
                    options.addCUDA(cuda);
                }
            } else {
                options.addTensorrt(GPU);
            }
            return Optional.empty();
        } catch (OrtException e) {
            // ONNX Runtime 1.29 often hides which library it missed
            return Optional.of(kind + " cannot be used here: " + e.getMessage()
                    + "; see that the driver and its libraries are there, as docs/gpu.md lists them");
        }
    }
}
