# SPDX-License-Identifier: Apache-2.0
"""Calibration of an exported file on held-out images: temperature, offsets of the classes where they help, conformal
thresholds. Changes the last convolution's weights inside the file and the card; needs numpy, onnx and onnxruntime only.

A class's offset mends what training on crops that seek rare classes does to their prior; it is kept only if it lowers the
loss on images that it was not fitted on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import numpy_helper

from survol_train.card import read_card, write_card
from survol_train.dataset import Image
from survol_train.problems import BadInput
from survol_train.score import Model, Reliability, continued, evaluate

LEVELS = (0.8, 0.9, 0.95)
_PIXELS_AN_IMAGE = 60_000
_WINDOW = 768
"""Pixels kept of a window, at most."""


@dataclass(frozen=True)
class Fit:
    temperature: float
    offsets: np.ndarray
    loss_before: float
    loss_after: float


def fit(logits: np.ndarray, truth: np.ndarray, with_offsets: bool) -> Fit:
    """Minimises the cross-entropy of softmax(logits / temperature + offsets) over pixels (rows). Newton's method on the
    inverse temperature and the offsets, which the loss is convex in."""
    rows = np.arange(len(truth))
    count = logits.shape[1]
    inverse, offsets = 1.0, np.zeros(count)

    def loss(inverse: float, offsets: np.ndarray) -> float:
        z = logits * inverse + offsets
        top = z.max(1)
        return float(np.mean(np.log(np.exp(z - top[:, None]).sum(1)) + top - z[rows, truth]))

    before = now = loss(inverse, offsets)
    for _ in range(40):
        z = logits * inverse + offsets
        p = np.exp(z - z.max(1, keepdims=True))
        p /= p.sum(1, keepdims=True)
        error = p.copy()
        error[rows, truth] -= 1
        mean = (p * logits).sum(1)
        gradient = np.array([np.mean((error * logits).sum(1))])
        hessian = np.array([[np.mean((p * logits**2).sum(1) - mean**2)]])
        if with_offsets:
            cross = np.mean(p * logits, 0) - np.mean(p * mean[:, None], 0)
            own = np.diag(p.mean(0)) - p.T @ p / len(p)
            gradient = np.concatenate([gradient, error.mean(0)])
            hessian = np.block([[hessian, cross[None]], [cross[:, None], own]])
        # offsets are known up to a constant, and a class that is absent would drift away: a little stiffness holds both
        hessian = hessian + 1e-4 * np.eye(len(hessian))
        if with_offsets:
            gradient[1:] += 1e-4 * offsets
        step = np.linalg.solve(hessian, gradient)
        length = 1.0
        while length > 1e-4:
            tried = inverse - length * step[0], offsets - length * (step[1:] if with_offsets else 0)
            if tried[0] > 0 and loss(*tried) <= now:
                break
            length /= 2
        else:
            break
        improvement = now - loss(*tried)
        inverse, offsets = tried
        now = loss(*tried)
        if improvement < 1e-7:
            break
    return Fit(1 / inverse, offsets, before, now)


def calibrate(model: Path, images: Sequence[Image], say: Callable[[str], None] = print) -> dict[str, Any]:
    """Rewrites `model` in place, or leaves it as it was when something fails; what an earlier calibration did is undone
    first. Returns the card's `calibration`."""
    scorer, graph = _uncalibrated(model)
    head = _head(graph, model)
    before = evaluate(scorer, images)
    logits, truth, image = _logits(graph, head, scorer, images)
    half = image % 2
    if len(np.unique(truth)) < 2:
        raise BadInput(f"{model}: the held-out images show one class only; calibration needs more of them")
    plain = fit(logits[half == 0], truth[half == 0], False)
    richer = fit(logits[half == 0], truth[half == 0], True)
    alone, together = (_loss(f, logits[half == 1], truth[half == 1]) for f in (plain, richer))
    offsets_help = bool(np.any(half == 1)) and together < alone - 1e-4
    best = fit(logits, truth, offsets_help)
    say(
        f"temperature {best.temperature:.3f}; offsets {'kept' if offsets_help else 'not kept'} "
        f"(loss on the other half {alone:.4f} without, {together:.4f} with)"
    )
    if len(images) > 2:
        error, covered = left_out(logits, truth, image, offsets_help, scorer.values)
        say(f"each image by what the others teach: calibration error {error:.4f}, sets for 90% cover {covered:.2%}")
    _apply(graph, head, best.temperature, best.offsets)
    partial = model.with_suffix(".partial")
    try:
        card = dict(scorer.card)
        card["temperature"] = round(card["temperature"] * best.temperature, 4)
        write_card(graph, card)
        onnx.save(graph, str(partial))
        after = evaluate(Model(partial), images)
        calibration = {
            "heldOut": f"{len(images)} images, {int(after.table.sum()) / 1e6:.1f} Mpx",
            "expectedErrorBefore": round(before.reliability.expected_error(), 4),
            "expectedError": round(after.reliability.expected_error(), 4),
            "conformal": thresholds(after.truth_probability, scorer.values),
        }
        if offsets_help:
            calibration["classOffsets"] = [
                {"value": v, "offset": round(float(o), 4)} for v, o in zip(scorer.values, best.offsets, strict=True)
            ]
        card["calibration"] = calibration
        write_card(graph, card)
        onnx.save(graph, str(partial))
        partial.replace(model)
    finally:
        partial.unlink(missing_ok=True)
    return calibration


def left_out(
    logits: np.ndarray, truth: np.ndarray, image: np.ndarray, with_offsets: bool, values: Sequence[int]
) -> tuple[float, float]:
    """Calibration error, and coverage of the 90 % sets, over all images, each judged by a fit to the others."""
    reliability, covered = Reliability.empty(), 0
    for number in np.unique(image):
        own = image == number
        fitted = fit(logits[~own], truth[~own], with_offsets)
        shares = np.rint(255 * _shares(fitted, logits)).astype(int)
        given = shares[np.arange(len(truth)), truth]
        pairs = np.bincount(truth[~own] * 256 + given[~own], minlength=len(values) * 256)
        table = next(t for t in thresholds(pairs.reshape(-1, 256), values) if t["coverage"] == 0.9)
        least = np.array([c["minProbability"] for c in table["classes"]])
        covered += int(np.sum(given[own] >= least[truth[own]]))
        reliability.add(shares[own].max(1) / 255, shares[own].argmax(1) == truth[own])
    return reliability.expected_error(), covered / len(truth)


def thresholds(truth_probability: np.ndarray, values: Sequence[int]) -> list[dict[str, Any]]:
    """For each coverage level and class the least 8-bit probability that at least this share of the class's pixels got.
    A pixel's set holds each class whose probability reaches its threshold. Class by class (Mondrian), so that a rare
    class is covered like a common one. A class never seen has threshold 0: it is always in the set."""
    table = []
    for level in LEVELS:
        classes = []
        for value, pixels in zip(values, truth_probability, strict=True):
            n = int(pixels.sum())
            # pixels that may fall below: at most n - ceil((n + 1) level), the finite-sample rule
            allowed = n - int(np.ceil((n + 1) * level))
            below = np.concatenate([[0], np.cumsum(pixels)])[:256]
            least = int(np.flatnonzero(below <= max(0, allowed))[-1]) if n and allowed >= 0 else 0
            classes.append({"value": int(value), "minProbability": least})
        table.append({"coverage": level, "classes": classes})
    return table


def _shares(fitted: Fit, logits: np.ndarray) -> np.ndarray:
    z = logits / fitted.temperature + fitted.offsets
    shares = np.exp(z - z.max(1, keepdims=True))
    return shares / shares.sum(1, keepdims=True)


def _loss(fitted: Fit, logits: np.ndarray, truth: np.ndarray) -> float:
    z = logits / fitted.temperature + fitted.offsets
    top = z.max(1)
    return float(np.mean(np.log(np.exp(z - top[:, None]).sum(1)) + top - z[np.arange(len(truth)), truth]))


_LINEAR = ("Resize", "Clip", "Identity")
"""What may lie between the last convolution and the logits: a weight divided by the temperature divides them too, and an
offset of its bias is theirs, because what resizing takes from each pixel adds up to one."""


def _head(graph: onnx.ModelProto, path: Path) -> onnx.NodeProto:
    stored = {i.name for i in graph.graph.initializer}
    convolutions = [n for n in graph.graph.node if n.op_type == "Conv"]
    if not convolutions or len(convolutions[-1].input) < 3 or not stored.issuperset(convolutions[-1].input[1:3]):
        raise BadInput(f"{path}: no last convolution with a bias to put the temperature into")
    return convolutions[-1]


def _tap(graph: onnx.ModelProto, head: onnx.NodeProto) -> str:
    """The logits' name: what comes of the last convolution before its classes are compared."""
    name = head.output[0]
    while True:
        users = [n for n in graph.graph.node if name in n.input and n.op_type != "Shape"]
        if len(users) != 1 or users[0].op_type not in _LINEAR or users[0].input[0] != name:
            return name
        name = users[0].output[0]


def _logits(
    graph: onnx.ModelProto, head: onnx.NodeProto, scorer: Model, images: Sequence[Image]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Logits (pixels, classes) in float64, truth, and the number of the image a pixel belongs to."""
    import onnxruntime

    tapped, tap = onnx.ModelProto(), _tap(graph, head)
    tapped.CopyFrom(graph)
    tapped.graph.output.append(onnx.helper.make_empty_tensor_value_info(tap))
    session = onnxruntime.InferenceSession(tapped.SerializeToString(), providers=["CPUExecutionProvider"])
    count, margin = len(scorer.values), scorer.card["marginPixels"]
    whole = scorer.window_side(_WINDOW)
    side = whole - 2 * margin
    random = np.random.default_rng(1)
    parts = []
    for number, image in enumerate(images):
        bands = image.select(scorer.card["bands"])
        truth = scorer.index[image.mask]
        _, height, width = bands.shape
        rows = range(0, height, side)
        columns = range(0, width, side)
        share = _PIXELS_AN_IMAGE // max(1, len(rows) * len(columns))
        padded = continued(bands, margin, side, side)
        for row in rows:
            for column in columns:
                window = np.ascontiguousarray(padded[None, :, row : row + whole, column : column + whole])
                folded, shares = session.run([tap, "probabilities"], {"input": window})
                kept = np.s_[:, margin : margin + side, margin : margin + side]
                logits, shares = _unfolded(folded[0], count)[kept], shares[0][kept]
                own = truth[row : row + side, column : column + side]
                logits, shares = (x[:, : own.shape[0], : own.shape[1]].reshape(count, -1) for x in (logits, shares))
                known = np.flatnonzero(own.ravel() >= 0)
                if not len(known):
                    continue
                few = known[random.permutation(len(known))[: max(200, share)]]
                _same_shares(logits[:, few], shares[:, few], scorer.path)
                parts.append((logits[:, few].T, own.ravel()[few], np.full(len(few), number)))
    if not parts:
        raise BadInput(f"{scorer.path}: the held-out images have no pixel whose class is known; calibration needs some")
    return (
        np.concatenate([p[0] for p in parts]).astype(np.float64),
        np.concatenate([p[1] for p in parts]),
        np.concatenate([p[2] for p in parts]),
    )


def _same_shares(logits: np.ndarray, shares: np.ndarray, path: Path) -> None:
    """@param logits, shares (classes, pixels); shares in 8 bits, within two steps of what the logits make them"""
    powers = np.exp(logits - logits.max(0))
    if np.abs(255 * powers / powers.sum(0) - shares).max() > 2:
        raise BadInput(
            f"{path}: its probabilities are not the softmax of its last convolution, so a temperature cannot be put into "
            "that; calibrate before the graph is wrapped, or leave it as it is"
        )


def _unfolded(folded: np.ndarray, count: int) -> np.ndarray:
    channels, height, width = folded.shape
    side = round((channels // count) ** 0.5)
    if channels != count * side * side or not channels:
        raise BadInput(f"the last convolution gives {channels} channels, which are not {count} classes")
    shaped = folded.reshape(count, side, side, height, width).transpose(0, 3, 1, 4, 2)
    return shaped.reshape(count, height * side, width * side)


def _apply(graph: onnx.ModelProto, head: onnx.NodeProto, temperature: float, offsets: np.ndarray) -> None:
    """Logits become logits / temperature + offsets (one a class)."""
    stored = {i.name: i for i in graph.graph.initializer}
    weight, bias = (numpy_helper.to_array(stored[name]).astype(np.float64) for name in head.input[1:3])
    weight = weight / temperature
    bias = bias / temperature + np.repeat(offsets, len(bias) // len(offsets))
    for name, array in zip(head.input[1:3], (weight, bias), strict=True):
        stored[name].CopyFrom(numpy_helper.from_array(array.astype(np.float32), name))


def uncalibrated(model: Path) -> Model:
    """The model as it was before `calibrate`."""
    return _uncalibrated(model)[0]


def _uncalibrated(model: Path) -> tuple[Model, onnx.ModelProto]:
    card, graph = read_card(model), onnx.load(str(model))
    done = card.pop("calibration", None)
    if done is None:
        return Model(model), graph
    values = [c["value"] for c in card["nomenclature"]["classes"]]
    given = {c["value"]: c["offset"] for c in done.get("classOffsets", [])}
    offsets = np.array([given.get(v, 0.0) for v in values])
    _apply(graph, _head(graph, model), 1 / card["temperature"], -offsets * card["temperature"])
    scorer = Model(model, graph=graph.SerializeToString())
    scorer.card = card | {"temperature": 1.0}
    return scorer, graph
