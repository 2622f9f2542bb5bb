#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What makes a network faster in ONNX Runtime on this CPU, and what narrower numbers do to its classes.

Needs onnx and onnxruntime, with --stack rasterio too. Options are run in turn, several rounds; the figures are medians of
computed Mpx/s. --narrow adds 16-bit floats and 8-bit integers (quantised after training, calibrated on the picture itself,
which flatters them) and compares their classes with those of 32-bit floats.
"""

import argparse
import os
import pathlib
import statistics
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

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
    arguments.add_argument("--narrow", action="store_true", help="also 16-bit floats and 8-bit integers")
    arguments.add_argument("--stack", type=pathlib.Path, help="a stack with the network's bands to compare classes on")
    options = arguments.parse_args()
    model, cores = str(options.model), os.cpu_count()
    usual = options.windows[len(options.windows) // 2]
    level = ort.GraphOptimizationLevel
    variants = {f"windows of {w} px": (session(model, cores), w, 1) for w in options.windows}
    variants["two windows at once"] = (session(model, cores), usual, 2)
    variants["1 thread"] = (session(model, 1), usual, 1)
    variants["two runs at once, 1 thread each"] = (session(model, 1), usual, 1)
    variants["no graph optimisation"] = (session(model, cores, level.ORT_DISABLE_ALL), usual, 1)
    variants["basic graph optimisation"] = (session(model, cores, level.ORT_ENABLE_BASIC), usual, 1)
    variants["extended, without blocked channels"] = (session(model, cores, level.ORT_ENABLE_EXTENDED), usual, 1)
    variants["threads that do not spin"] = (session(model, cores, session__intra_op__allow_spinning="0"), usual, 1)
    variants["work in ever smaller blocks"] = (session(model, cores, session__dynamic_block_base="4"), usual, 1)
    bands = variants["1 thread"][0].get_inputs()[0].shape[1]
    random = np.random.default_rng(1)
    narrow = {}
    if options.narrow:
        picture = read(options.stack, usual) if options.stack else smooth(random, bands)
        narrow = {"16-bit floats": halves(model, cores), "8-bit integers": integers(model, cores, picture)}
        variants |= {name: (network, usual, 1) for name, network in narrow.items()}
    rates = {name: [] for name in variants}
    for _ in range(options.rounds):
        for name, (network, window, count) in variants.items():
            pixels = random.integers(0, 256, (count, bands, window, window), dtype=np.uint8)
            runs = 2 if name.startswith("two runs") else 1
            start = time.monotonic()
            with ThreadPoolExecutor(runs) as pool:
                list(pool.map(lambda _: network.run(None, {"input": pixels}), range(runs)))
            rates[name].append(runs * pixels[:, 0].size / 1e6 / (time.monotonic() - start))
    print(f"onnxruntime {ort.__version__}, {cores} cores, load {os.getloadavg()[0]:.1f}\n\n| Option | Mpx/s |\n|---|---|")
    for name, values in rates.items():
        print(f"| {name} | {statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f}) |")
    reference = variants["threads that do not spin"][0]
    for name, network in narrow.items():
        classes = [s.run(["classes"], {"input": picture})[0] for s in (reference, network)]
        print(f"\n{name}: {100 * (classes[0] == classes[1]).mean():.3f} % of pixels keep their class")


def read(stack, side):
    import rasterio
    with rasterio.open(stack) as source:
        return source.read(window=((0, side), (0, side)))[None]


def smooth(random, bands):
    """Noise alone would sit on the fence everywhere."""
    coarse = random.integers(0, 256, (1, bands, 24, 24)).repeat(32, 2).repeat(32, 3)
    return np.clip(coarse + random.integers(-12, 13, coarse.shape), 0, 255).astype(np.uint8)


def halves(model, threads):
    from onnxruntime.transformers.float16 import convert_float_to_float16
    converted = convert_float_to_float16(onnx.load(model), keep_io_types=True, op_block_list=[])
    return session(converted.SerializeToString(), threads)


def integers(model, threads, picture):
    from onnxruntime.quantization import CalibrationDataReader, QuantType, quantize_static

    class Picture(CalibrationDataReader):
        rest = [{"input": picture}]

        def get_next(self):
            return self.rest.pop() if self.rest else None

    with tempfile.TemporaryDirectory() as folder:
        quantised = pathlib.Path(folder) / "integers.onnx"
        quantize_static(model, quantised, Picture(), per_channel=True, op_types_to_quantize=["Conv"],
                        activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8)
        return session(str(quantised), threads)


main()
