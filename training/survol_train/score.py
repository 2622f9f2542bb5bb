# SPDX-License-Identifier: Apache-2.0
"""Accuracy of an exported file, measured the way the service runs it: windows with margins, ONNX Runtime."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime

from survol_train.card import read_card
from survol_train.scenes import Strip


def confusion(model: Path, strips: list[Strip]) -> np.ndarray:
    """Rows are truth, columns prediction, both in the card's class order."""
    card = read_card(onnx.load(model))
    session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    values = [c["value"] for c in card["nomenclature"]["classes"]]
    index = np.zeros(256, np.int64) - 1
    index[values] = np.arange(len(values))
    size, margin = card["windowSize"], card["marginPixels"]
    stride = size - 2 * margin
    total = np.zeros((len(values), len(values)), np.int64)
    for strip in strips:
        bands = strip.bands[: len(card["bands"])]
        _, height, width = bands.shape
        padded = np.pad(bands, ((0, 0), (margin, stride + margin), (margin, stride + margin)))
        for row in range(0, height, stride):
            for column in range(0, width, stride):
                window = padded[None, :, row : row + size, column : column + size]
                classes = session.run(["classes"], {"input": window})[0][0, margin:-margin, margin:-margin]
                truth = index[strip.truth[row : row + stride, column : column + stride]]
                classes = classes[: truth.shape[0], : truth.shape[1]]
                known = truth >= 0
                pairs = truth[known] * len(values) + index[classes[known]]
                total += np.bincount(pairs, minlength=total.size).reshape(total.shape)
    return total


def overall_accuracy(confusion: np.ndarray) -> float:
    return float(np.trace(confusion) / confusion.sum())


def intersection_over_union(confusion: np.ndarray) -> np.ndarray:
    """One figure a class; NaN where neither truth nor prediction has it."""
    hit = np.diag(confusion)
    either = confusion.sum(0) + confusion.sum(1) - hit
    return np.where(either > 0, hit / np.maximum(either, 1), np.nan)
