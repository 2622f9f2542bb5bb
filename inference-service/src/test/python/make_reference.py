#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes what Python's onnxruntime says about a window of a generated scene, for PythonReferenceTest.

reference-scene.bin.gz: with survol-demo-rgbie on all five bands: input, classes, probabilities and confidence, one after the
other, bytes. reference-MODEL.bin.gz: the same without the input, of the models that take red, green and blue alone.

    ./survol demo --exit --data demo       the sample flight; STACK.tif below is its tile 2999_-30660/stack.tif
    python3 -m venv /tmp/ref && /tmp/ref/bin/pip install onnxruntime==1.32.0 numpy tifffile imagecodecs
    /tmp/ref/bin/python inference-service/src/test/python/make_reference.py STACK.tif
"""

import gzip
import pathlib
import sys

import numpy as np
import onnxruntime
import tifffile

SIDE = 128
ROOT = pathlib.Path(__file__).resolve().parents[4]
RESOURCES = pathlib.Path(__file__).resolve().parents[1] / "resources"


def predict(model: str, window: np.ndarray) -> list[np.ndarray]:
    session = onnxruntime.InferenceSession(ROOT / "models" / model, providers=["CPUExecutionProvider"])
    return session.run(["classes", "probabilities", "confidence"], {"input": window[None]})


def write(name: str, arrays: list[np.ndarray]) -> None:
    content = b"".join(np.ascontiguousarray(array, dtype=np.uint8).tobytes() for array in arrays)
    (RESOURCES / name).write_bytes(gzip.compress(content, 9, mtime=0))
    print(name, len(content), "bytes before compression")


if __name__ == "__main__":
    stack = tifffile.imread(sys.argv[1], key=0)
    if stack.shape[0] > 16:
        stack = np.moveaxis(stack, -1, 0)
    row, column = (stack.shape[1] - SIDE) // 2, (stack.shape[2] - SIDE) // 2
    scene = np.ascontiguousarray(stack[:5, row : row + SIDE, column : column + SIDE])
    write("reference-scene.bin.gz", [scene, *predict("survol-demo-rgbie.onnx", scene)])
    for model in ("survol-rgb", "survol-demo-rgb"):
        write(f"reference-{model}.bin.gz", predict(f"{model}.onnx", scene[:3]))
