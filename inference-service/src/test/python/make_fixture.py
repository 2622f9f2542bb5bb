#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes src/test/resources/fixture.onnx: the smallest network that keeps the whole contract of ModelCard; and two plain
networks that compute the same from normalised floats, for the wrapper: plain-11.onnx and plain-18.onnx, by their opset.

One 7 x 7 convolution from five bands to four classes, then everything a Survol network does inside its graph. The
weights are small integers from a formula that FixtureReference.java repeats, and the logits are scaled by a power of two:
every sum is exact in float32, so classes can be compared for equality whatever the order of summation.

    python3 -m venv /tmp/fixture && /tmp/fixture/bin/pip install onnx==1.23.2 numpy==2.4.6
    /tmp/fixture/bin/python inference-service/src/test/python/make_fixture.py
"""

import json
import pathlib

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

BANDS, CLASSES, KERNEL = 5, 4, 7
# not consecutive, not in ascending order: a class value must not pass for an index
VALUES = [5, 2, 11, 7]
CODES = ["water", "building", "vegetation", "soil"]
COLOURS = ["#3a6ea5", "#c0392b", "#2e8b57", "#c2a36b"]


def weights() -> np.ndarray:
    k, b, y, x = np.indices((CLASSES, BANDS, KERNEL, KERNEL))
    return ((k * 31 + b * 17 + y * 7 + x * 3 + k * y * 5 + k * b * x) % 11 - 5).astype(np.float32)


def bias() -> np.ndarray:
    return np.array([(k * 37 % 7 - 3) * 128 for k in range(CLASSES)], dtype=np.float32)


def card() -> dict:
    return {
        "cardVersion": 1,
        "name": "fixture",
        "version": "1",
        "title": "Test fixture, no map should be made with it",
        "nomenclature": {
            "id": "fixture-4",
            "classes": [
                {"value": v, "code": c, "labelEn": c.capitalize(), "labelFr": c.capitalize(), "colour": colour}
                for v, c, colour in zip(VALUES, CODES, COLOURS)
            ],
        },
        "bands": ["RED", "GREEN", "BLUE", "NIR", "ELEVATION"],
        "gsdMetres": 0.2,
        "windowMultiple": 8,
        "windowSize": 64,
        "marginPixels": 8,
        "receptiveFieldPixels": KERNEL // 2,
        "temperature": 1.0,
        "licence": "Apache-2.0",
        "trainingData": "none: weights come from a formula",
    }


def network() -> onnx.ModelProto:
    constants = {
        "weights": weights(),
        "bias": bias(),
        "scale": np.array(2.0**-12, dtype=np.float32),
        "full": np.array(255.0, dtype=np.float32),
        "values": np.array(VALUES, dtype=np.uint8),
    }
    nodes = [
        helper.make_node("Cast", ["input"], ["pixels"], to=TensorProto.FLOAT),
        helper.make_node("Conv", ["pixels", "weights", "bias"], ["sums"], pads=[KERNEL // 2] * 4),
        helper.make_node("Mul", ["sums", "scale"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["shares"], axis=1),
        helper.make_node("Mul", ["shares", "full"], ["scaled"]),
        helper.make_node("Round", ["scaled"], ["rounded"]),
        helper.make_node("Cast", ["rounded"], ["probabilities"], to=TensorProto.UINT8),
        helper.make_node("ReduceMax", ["rounded"], ["highest"], axes=[1], keepdims=0),
        helper.make_node("Cast", ["highest"], ["confidence"], to=TensorProto.UINT8),
        helper.make_node("ArgMax", ["logits"], ["index"], axis=1, keepdims=0),
        helper.make_node("Gather", ["values", "index"], ["classes"]),
    ]
    graph = helper.make_graph(
        nodes,
        "fixture",
        [helper.make_tensor_value_info("input", TensorProto.UINT8, ["n", BANDS, "h", "w"])],
        [
            helper.make_tensor_value_info("classes", TensorProto.UINT8, ["n", "h", "w"]),
            helper.make_tensor_value_info("probabilities", TensorProto.UINT8, ["n", CLASSES, "h", "w"]),
            helper.make_tensor_value_info("confidence", TensorProto.UINT8, ["n", "h", "w"]),
        ],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(
        graph, producer_name="survol", opset_imports=[helper.make_opsetid("", 17)], ir_version=8
    )
    helper.set_model_props(model, {"survol.card": json.dumps(card(), separators=(",", ":"))})
    onnx.checker.check_model(model, full_check=True)
    return model


def plain(opset: int, image: str, scores: str, branch: bool) -> onnx.ModelProto:
    """Takes (pixel - 128) / 64: every product and sum stays exact in float32. The names are those that a wrapper wants for
    itself, and with `branch` the image is seen from inside a branch's body."""
    constants = {
        "weights": weights() * 64,
        "bias": bias() + 128 * weights().sum(axis=(1, 2, 3)),
        "scale": np.array(2.0**-12, dtype=np.float32),
    }
    nodes = []
    seen = image
    if branch:
        body = [helper.make_node("Identity", [image], ["confidence"])]
        out = [helper.make_tensor_value_info("confidence", TensorProto.FLOAT, None)]
        constants["always"] = np.array(True)
        nodes.append(
            helper.make_node(
                "If",
                ["always"],
                ["seen"],
                then_branch=helper.make_graph(body, "then", [], out),
                else_branch=helper.make_graph(body, "else", [], out),
            )
        )
        seen = "seen"
    nodes += [
        helper.make_node("Conv", [seen, "weights", "bias"], ["sums"], pads=[KERNEL // 2] * 4),
        helper.make_node("Mul", ["sums", "scale"], [scores]),
    ]
    graph = helper.make_graph(
        nodes,
        "plain",
        [helper.make_tensor_value_info(image, TensorProto.FLOAT, ["n", BANDS, "h", "w"])],
        [helper.make_tensor_value_info(scores, TensorProto.FLOAT, ["n", CLASSES, "h", "w"])],
        [numpy_helper.from_array(value.astype(value.dtype), name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, producer_name="survol", opset_imports=[helper.make_opsetid("", opset)], ir_version=6)
    onnx.checker.check_model(model)
    return model


if __name__ == "__main__":
    files = {
        "fixture.onnx": network(),
        "plain-11.onnx": plain(11, "image", "probabilities", branch=False),
        "plain-18.onnx": plain(18, "input", "classes", branch=True),
    }
    for name, model in files.items():
        target = pathlib.Path(__file__).resolve().parents[1] / "resources" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(model.SerializeToString(deterministic=True))
        print(target, target.stat().st_size, "bytes")
