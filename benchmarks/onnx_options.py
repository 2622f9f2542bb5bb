#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What makes a network faster in ONNX Runtime on this CPU, and what 16-bit floats do to its classes.

Needs onnx and onnxruntime. Options are run in turn, several rounds; the figures are medians of computed Mpx/s.
"""

import argparse
import os
import pathlib
import statistics
import time

import numpy as np
import onnx
import onnxruntime as ort

HERE = pathlib.Path(__file__).resolve().parent


def session(model, threads, level=ort.GraphOptimizationLevel.ORT_ENABLE_ALL, **entries):
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.graph_optimization_level = level
    for key, value in entries.items():
        options.add_session_config_entry(key.replace("__", "."), value)
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("model", type=pathlib.Path, nargs="?",
                           default=HERE.parent / "models" / "survol-demo-rgbie.onnx")
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--windows", type=int, nargs="+", default=[512, 1184, 2048])
    arguments.add_argument("--halves", action="store_true", help="also convert to 16-bit floats and compare classes")
    options = arguments.parse_args()
    model, cores = str(options.model), os.cpu_count()
    usual = options.windows[len(options.windows) // 2]
    level = ort.GraphOptimizationLevel
    variants = {f"windows of {w} px": (session(model, cores), w, 1) for w in options.windows}
    variants["two windows at once"] = (session(model, cores), usual, 2)
    variants["1 thread"] = (session(model, 1), usual, 1)
    variants["no graph optimisation"] = (session(model, cores, level.ORT_DISABLE_ALL), usual, 1)
    variants["basic graph optimisation"] = (session(model, cores, level.ORT_ENABLE_BASIC), usual, 1)
    variants["extended, without blocked channels"] = (session(model, cores, level.ORT_ENABLE_EXTENDED), usual, 1)
    variants["threads that do not spin"] = (session(model, cores, session__intra_op__allow_spinning="0"), usual, 1)
    bands = variants["1 thread"][0].get_inputs()[0].shape[1]
    random = np.random.default_rng(1)
    rates = {name: [] for name in variants}
    for _ in range(options.rounds):
        for name, (network, window, count) in variants.items():
            pixels = random.integers(0, 256, (count, bands, window, window), dtype=np.uint8)
            start = time.monotonic()
            network.run(None, {"input": pixels})
            rates[name].append(pixels[:, 0].size / 1e6 / (time.monotonic() - start))
    print(f"onnxruntime {ort.__version__}, {cores} cores, load {os.getloadavg()[0]:.1f}\n\n| Option | Mpx/s |\n|---|---|")
    for name, values in rates.items():
        print(f"| {name} | {statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f}) |")
    if options.halves:
        from onnxruntime.transformers.float16 import convert_float_to_float16
        converted = convert_float_to_float16(onnx.load(model), keep_io_types=True, op_block_list=[])
        halves = session(converted.SerializeToString(), cores)
        # a smooth picture: noise alone would sit on the fence everywhere
        coarse = random.integers(0, 256, (1, bands, 24, 24)).repeat(32, 2).repeat(32, 3)
        picture = np.clip(coarse + random.integers(-12, 13, coarse.shape), 0, 255).astype(np.uint8)
        classes = [s.run(["classes"], {"input": picture})[0] for s in (variants["1 thread"][0], halves)]
        print(f"\n16-bit floats: {100 * (classes[0] == classes[1]).mean():.3f} % of pixels keep their class")


main()
