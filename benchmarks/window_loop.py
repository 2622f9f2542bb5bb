#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The straightforward pipeline that inference.py compares with: rasterio reads a window, ONNX Runtime scores it, the kept
part goes into arrays, rasterio writes three COGs a tile. Answers each line of standard input with a line of JSON.

    window_loop.py MODEL THREADS WINDOW MARGIN HALO OUTPUT STACK...
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


def main():
    model, threads, window, margin, halo, output, *stacks = sys.argv[1:]
    window, margin, halo = int(window), int(margin), int(halo)
    os.environ["GDAL_NUM_THREADS"] = threads
    os.makedirs(output, exist_ok=True)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = int(threads)
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
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
                        scored = session.run(names, {"input": pixels[None]})
                        spent["compute"] += time.monotonic() - begin
                        if results is None:
                            results = [np.zeros((1 if s.ndim == 3 else s.shape[1], side, side), np.uint8) for s in scored]
                        height, width = min(step, side - row), min(step, side - column)
                        for result, score in zip(results, scored):
                            score = score if score.ndim == 4 else score[:, None]
                            result[:, row:row + height, column:column + width] = \
                                score[0, :, margin:margin + height, margin:margin + width]
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


main()
