# SPDX-License-Identifier: Apache-2.0
"""Small data sets and a small model, made anew for each test."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import tifffile
from onnx import TensorProto, helper, numpy_helper

from survol_train.card import draft, write_card
from survol_train.dataset import Image

VALUES = [1, 2, 5]


def write_tiff(
    path: Path,
    pixels: np.ndarray,
    west: float = 0.0,
    north: float = 0.0,
    gsd: float = 0.2,
    epsg: int | None = None,
    names: tuple[str, ...] = (),
    gdal: str = "",
) -> Path:
    """@param names of the bands, put into the file as GDAL does; gdal: further items there"""
    path.parent.mkdir(parents=True, exist_ok=True)
    tags: list[Any] = [(33550, "d", 3, (gsd, gsd, 0.0), True), (33922, "d", 6, (0.0, 0.0, 0.0, west, north, 0.0), True)]
    if epsg is not None:
        tags.append((34735, "H", 16, (1, 1, 0, 3, 1024, 0, 1, 1, 1025, 0, 1, 1, 3072, 0, 1, epsg), True))
    if names or gdal:
        items = (f'<Item name="DESCRIPTION" sample="{n}" role="description">{b}</Item>' for n, b in enumerate(names))
        tags.append((42112, "s", 0, f"<GDALMetadata>{gdal}{''.join(items)}</GDALMetadata>", True))
    planar = "separate" if pixels.ndim == 3 else None
    tifffile.imwrite(path, pixels, photometric="minisblack", planarconfig=planar, extratags=tags)
    return path


def classes(values: list[int]) -> dict[str, Any]:
    names = ["building", "grass", "water", "soil"]
    return {
        "id": "test",
        "classes": [
            {"value": v, "code": n, "labelEn": n, "labelFr": n, "colour": f"#{60 * i:02x}40c0"}
            for i, (v, n) in enumerate(zip(values, names, strict=False))
        ],
    }


def mosaic(seed: int, height: int = 96, width: int = 80) -> tuple[np.ndarray, np.ndarray]:
    """Blocks of VALUES, and bands that tell the classes apart most of the time."""
    random = np.random.default_rng(seed)
    index = np.kron(random.integers(0, len(VALUES), (height // 16, width // 16)), np.ones((16, 16), int))
    centres = np.array([[200, 60, 60], [60, 180, 70], [40, 60, 160]])
    bands = centres[index].transpose(2, 0, 1) + random.normal(0, 45, (3, height, width))
    return np.clip(bands, 0, 255).astype(np.uint8), np.array(VALUES, np.uint8)[index]


@pytest.fixture
def images() -> list[Image]:
    return [Image(f"mosaic {n}", *mosaic(n), band_names=("RED", "GREEN", "BLUE")) for n in range(4)]


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A 1 x 1 convolution as network, four times too sure of itself and biased against class 2; margin 8."""
    centres = np.array([[200, 60, 60], [60, 180, 70], [40, 60, 160]], np.float32)
    variance = 45.0**2
    weight = centres / variance
    bias = -(centres**2).sum(1) / (2 * variance)
    path = tmp_path / "tiny.onnx"
    save_model(path, 4 * weight, 4 * bias + np.array([0, -6, 0], np.float32))
    return path


def save_model(path: Path, weight: np.ndarray, bias: np.ndarray, coarse: int = 1, fixed: int | None = None) -> None:
    """@param coarse the convolution sees one pixel of so many in each direction; its logits are enlarged
    @param fixed side of the only window that the graph takes"""

    def constant(name: str, value: np.ndarray) -> TensorProto:
        return numpy_helper.from_array(value, name)

    nodes = [
        helper.make_node("Cast", ["input"], ["floats"], to=TensorProto.FLOAT),
        helper.make_node("Conv", ["floats", "weight", "bias"], ["coarse"], strides=[coarse, coarse]),
        helper.make_node("Resize", ["coarse", "", "scales"], ["logits"], mode="linear"),
        helper.make_node("Softmax", ["logits"], ["shares"], axis=1),
        helper.make_node("Mul", ["shares", "bytes"], ["scaled"]),
        helper.make_node("Round", ["scaled"], ["rounded"]),
        helper.make_node("Cast", ["rounded"], ["probabilities"], to=TensorProto.UINT8),
        helper.make_node("ArgMax", ["logits"], ["index"], axis=1, keepdims=0),
        helper.make_node("Gather", ["values", "index"], ["classes"]),
        helper.make_node("ReduceMax", ["rounded"], ["highest"], axes=[1], keepdims=0),
        helper.make_node("Cast", ["highest"], ["confidence"], to=TensorProto.UINT8),
    ]
    if coarse == 1:
        nodes[1:3] = [helper.make_node("Conv", ["floats", "weight", "bias"], ["logits"])]
    count, bands = weight.shape
    height, width = (fixed, fixed) if fixed else ("h", "w")
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("input", TensorProto.UINT8, ["n", bands, height, width])],
        [
            helper.make_tensor_value_info("classes", TensorProto.UINT8, ["n", height, width]),
            helper.make_tensor_value_info("probabilities", TensorProto.UINT8, ["n", count, height, width]),
            helper.make_tensor_value_info("confidence", TensorProto.UINT8, ["n", height, width]),
        ],
        [
            constant("weight", weight.astype(np.float32)[:, :, None, None]),
            constant("bias", bias.astype(np.float32)),
            *([constant("scales", np.array([1, 1, coarse, coarse], np.float32))] if coarse > 1 else []),
            constant("bytes", np.float32(255).reshape(1)),
            constant("values", np.array(VALUES, np.uint8)),
        ],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    card = draft(
        name="tiny",
        version="1",
        title="A test's model",
        nomenclature=classes(VALUES),
        bands=("RED", "GREEN", "BLUE"),
        gsd_metres=0.2,
        reach=0,
        multiple=fixed or 8,
        licence="Apache-2.0",
        training_data="none",
        window=48,
        margin=8,
    )
    write_card(made, card)
    onnx.checker.check_model(made)
    onnx.save(made, str(path))
