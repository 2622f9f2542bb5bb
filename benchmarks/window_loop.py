#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The straightforward pipeline that inference.py compares with: rasterio reads a window, ONNX Runtime scores it, the kept
part goes into arrays, rasterio writes three COGs a tile. Answers each line of standard input with a line of JSON.

    window_loop.py [--logits] MODEL THREADS WINDOW MARGIN HALO OUTPUT STACK...

Without --logits it runs our graph, bytes in and bytes out. With it the network is first cut down to what its authors would
have exported, normalised floats in and logits out, and numpy does the rest, as such pipelines do.
"""

import json
import os
import pathlib
import sys
import time

import numpy as np
import onnxruntime
import rasterio
import rasterio.shutil
from rasterio.io import MemoryFile
from rasterio.windows import Window


def cog(path, array, profile, resampling):
    with MemoryFile() as memory:
        with memory.open(driver="GTiff", count=array.shape[0], tiled=True, blockxsize=512, blockysize=512,
                         **profile) as plain:
            plain.write(array)
        with memory.open() as plain:
            rasterio.shutil.copy(plain, path, driver="COG", compress="ZSTD", level=1, blocksize=512,
                                 overview_resampling=resampling, num_threads=os.environ["GDAL_NUM_THREADS"])


def session(model, threads):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = int(threads)
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def bytes_scorer(model, threads):
    network = session(model, threads)
    return lambda pixels: network.run(["classes", "probabilities", "confidence"], {"input": pixels[None]})


def logits_scorer(model, threads):
    plain, mean, scale, values = plain_network(model)
    network = session(plain, threads)
    name = network.get_inputs()[0].name

    def score(pixels):
        logits = network.run(None, {name: (pixels[None].astype(np.float32) - mean) * scale})[0]
        exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
        probabilities = exponentials / exponentials.sum(axis=1, keepdims=True)
        return [values[probabilities.argmax(axis=1)], np.round(255 * probabilities).astype(np.uint8),
                np.round(255 * probabilities.max(axis=1)).astype(np.uint8)]

    return score


def plain_network(path):
    """@return the network between its normalised input and its logits; mean, scale and the classes' values"""
    import onnx
    from onnx.utils import Extractor

    model = onnx.load(path)
    producer = {output: node for node in model.graph.node for output in node.output}
    consumer = {name: node for node in reversed(model.graph.node) for name in node.input}
    constants = {i.name: onnx.numpy_helper.to_array(i) for i in model.graph.initializer}
    first, mean, scale = consumer["input"], np.float32(0), np.float32(1)
    if consumer[first.output[0]].op_type == "Sub":
        subtract = consumer[first.output[0]]
        first = consumer[subtract.output[0]]
        mean, scale = constants[subtract.input[1]], constants[first.input[1]]
    # from the probabilities back to the logits: [rearranged pixels,] then Cast, Round, Mul, Exp, Sub or QuantizeLinear, Mul, Exp
    node, rearranging = producer["probabilities"], []
    while node.op_type not in ("Cast", "QuantizeLinear"):
        rearranging.insert(0, node)
        node = producer[node.input[0]]
    as_bytes = node.output[0]
    for _ in range(4 if node.op_type == "Cast" else 2):
        node = producer[node.input[0]]
    logits = node.input[0]
    for other in model.graph.node:
        # what asks the bytes for their shape may ask the logits
        if other.op_type == "Shape" and other.input[0] == as_bytes:
            other.input[0] = logits
    for node in rearranging:
        copy = onnx.NodeProto()
        copy.CopyFrom(node)
        copy.name, copy.input[0], copy.output[0] = f"{node.name}_logits", logits, f"{node.output[0]}_logits"
        model.graph.node.append(copy)
        logits = copy.output[0]
    plain = Extractor(onnx.shape_inference.infer_shapes(model)).extract_model([first.output[0]], [logits])
    return plain.SerializeToString(), mean, scale, constants["values"].astype(np.uint8).ravel()


def main():
    scorer = logits_scorer if sys.argv[1] == "--logits" else bytes_scorer
    model, threads, window, margin, halo, output, *stacks = [a for a in sys.argv[1:] if a != "--logits"]
    window, margin, halo = int(window), int(margin), int(halo)
    os.environ["GDAL_NUM_THREADS"] = threads
    os.makedirs(output, exist_ok=True)
    score = scorer(model, threads)
    names = ["classes", "probabilities", "confidence"]
    print(json.dumps({"onnxruntime": onnxruntime.__version__, "gdal": rasterio.__gdal_version__}), flush=True)
    for _ in sys.stdin:
        start, cpu = time.monotonic(), time.process_time()
        computed = kept = 0
        spent = {"compute": 0.0}
        for path in stacks:
            with rasterio.open(path) as stack:
                side = stack.width - 2 * halo
                results = None
                step = window - 2 * margin
                for row in range(0, side, step):
                    for column in range(0, side, step):
                        pixels = stack.read(
                            window=Window(column + halo - margin, row + halo - margin, window, window),
                            boundless=True, fill_value=0)
                        begin = time.monotonic()
                        scored = score(pixels)
                        spent["compute"] += time.monotonic() - begin
                        if results is None:
                            results = [np.zeros((1 if s.ndim == 3 else s.shape[1], side, side), np.uint8) for s in scored]
                        height, width = min(step, side - row), min(step, side - column)
                        for result, window_result in zip(results, scored):
                            planes = window_result if window_result.ndim == 4 else window_result[:, None]
                            result[:, row:row + height, column:column + width] = \
                                planes[0, :, margin:margin + height, margin:margin + width]
                        computed += window * window
                kept += side * side
                profile = dict(width=side, height=side, dtype="uint8", crs=stack.crs,
                               transform=stack.transform * rasterio.Affine.translation(halo, halo))
                stem = pathlib.Path(output) / pathlib.Path(path).parent.name
                for name, result in zip(names, results):
                    cog(f"{stem}-{name}.tif", result, profile, "NEAREST" if name == "classes" else "AVERAGE")
        print(json.dumps({"millis": round(1000 * (time.monotonic() - start)),
                          "cpuMillis": round(1000 * (time.process_time() - cpu)),
                          "computeMillis": round(1000 * spent["compute"]),
                          "pixels": kept, "computedPixels": computed}), flush=True)


if __name__ == "__main__":
    main()
