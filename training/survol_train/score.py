# SPDX-License-Identifier: Apache-2.0
"""Accuracy of an exported file, measured the way the service runs it: windows with margins, ONNX Runtime, bytes.

Needs numpy and onnxruntime only. Confusion matrices have truth in rows and prediction in columns, in the card's order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from survol_train.card import OUTPUTS, read_card
from survol_train.dataset import Image


class Model:
    """An exported file with its card."""

    def __init__(self, path: Path, threads: int = 0, graph: bytes | None = None) -> None:
        """@param graph what to run in place of the file's own graph"""
        import onnxruntime

        self.path = path
        self.card = read_card(path)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self._session = onnxruntime.InferenceSession(graph or str(path), options, providers=["CPUExecutionProvider"])
        self.values: list[int] = [c["value"] for c in self.card["nomenclature"]["classes"]]
        self.index = np.full(256, -1, np.int64)
        self.index[self.values] = np.arange(len(self.values))

    @property
    def labels(self) -> list[str]:
        return [c["labelEn"] for c in self.card["nomenclature"]["classes"]]

    def window_side(self, kept: int) -> int:
        """Pixels of a window, margins included, that keeps at least so many; of the card's at most."""
        margin, multiple = self.card["marginPixels"], self.card["windowMultiple"]
        return min(self.card["windowSize"], -(-(kept + 2 * margin) // multiple) * multiple)

    def predict(self, bands: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Classes (H, W), probabilities (classes, H, W), confidence (H, W) of a whole image, window by window."""
        margin = self.card["marginPixels"]
        _, height, width = bands.shape
        side = self.window_side(max(height, width))
        kept = side - 2 * margin
        below, right = -height % kept, -width % kept
        padded = continued(bands, margin, below, right)
        classes = np.empty((height, width), np.uint8)
        confidence = np.empty((height, width), np.uint8)
        probabilities = np.empty((len(self.values), height, width), np.uint8)
        for row in range(0, height, kept):
            for column in range(0, width, kept):
                window = np.ascontiguousarray(padded[None, :, row : row + side, column : column + side])
                out = self._session.run(list(OUTPUTS), {"input": window})
                c, p, s = (o[0, ..., margin : margin + kept, margin : margin + kept] for o in out)
                h, w = min(kept, height - row), min(kept, width - column)
                classes[row : row + h, column : column + w] = c[:h, :w]
                probabilities[:, row : row + h, column : column + w] = p[:, :h, :w]
                confidence[row : row + h, column : column + w] = s[:h, :w]
        return classes, probabilities, confidence


def continued(bands: np.ndarray, margin: int, below: int = 0, right: int = 0) -> np.ndarray:
    """An image beyond its edges as the service sees it: mirrored, the edge pixel not repeated."""
    return np.pad(bands, ((0, 0), (margin, below + margin), (margin, right + margin)), mode="reflect")


# ---- figures of a confusion matrix


def confusion(truth: np.ndarray, predicted: np.ndarray, count: int) -> np.ndarray:
    """Of class indices of the same shape; truth below 0 is left out."""
    known = truth >= 0
    pairs = truth[known] * count + predicted[known]
    return np.bincount(pairs, minlength=count * count).reshape(count, count)


def overall_accuracy(table: np.ndarray) -> float:
    return float(np.trace(table) / max(1, table.sum()))


def per_class(table: np.ndarray) -> dict[str, np.ndarray]:
    """IoU, F1, user's accuracy (precision), producer's accuracy (recall); NaN where a figure has no meaning."""
    hit, truth, found = np.diag(table).astype(float), table.sum(1), table.sum(0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return {
            "iou": np.where(truth + found > 0, hit / (truth + found - hit), np.nan),
            "f1": np.where(truth + found > 0, 2 * hit / (truth + found), np.nan),
            "users": np.where(found > 0, hit / found, np.nan),
            "producers": np.where(truth > 0, hit / truth, np.nan),
        }


def mean_iou(table: np.ndarray) -> float:
    """Over the classes that occur in the truth: a class that is not there cannot be found."""
    return float(np.nanmean(np.where(table.sum(1) > 0, per_class(table)["iou"], np.nan)))


@dataclass(frozen=True)
class Adjusted:
    """Area-adjusted estimates from a sample stratified by map class (Olofsson et al. 2014), each with its standard error.

    `share` is the estimated share of the area that a class truly covers; `mapped` what the map says.
    """

    overall: tuple[float, float]
    users: np.ndarray
    users_error: np.ndarray
    producers: np.ndarray
    producers_error: np.ndarray
    share: np.ndarray
    share_error: np.ndarray
    mapped: np.ndarray
    samples: np.ndarray


def area_adjusted(sample: np.ndarray, mapped_pixels: np.ndarray) -> Adjusted:
    """@param sample rows map class, columns reference class, counts of sampled points
    @param mapped_pixels pixels of each class in the whole map"""
    n = sample.sum(1).astype(float)
    weight = mapped_pixels / mapped_pixels.sum()
    used = n > 0
    if np.any((weight > 0) & ~used):
        raise ValueError("every class of the map needs samples")
    share_in_row = np.divide(sample, n[:, None], out=np.zeros(sample.shape), where=used[:, None])
    cell = weight[:, None] * share_in_row
    hit = np.diag(cell)
    with np.errstate(invalid="ignore", divide="ignore"):
        users = np.where(used, np.diag(share_in_row), np.nan)
        free = np.where(n > 1, n - 1, np.nan)
        users_variance = users * (1 - users) / free
        reference = cell.sum(0)
        producers = np.where(reference > 0, hit / reference, np.nan)
        spread = share_in_row * (1 - share_in_row) / free[:, None]
        spread = np.where(used[:, None], spread, 0.0)
        others = np.nansum(weight[:, None] ** 2 * spread, 0) - np.nan_to_num(weight**2 * np.diag(spread))
        own = weight**2 * (1 - producers) ** 2 * np.nan_to_num(users_variance)
        producers_variance = (own + producers**2 * others) / reference**2
    overall_variance = float(np.nansum(weight**2 * users_variance))
    return Adjusted(
        overall=(float(hit.sum()), overall_variance**0.5),
        users=users,
        users_error=np.sqrt(users_variance),
        producers=producers,
        producers_error=np.sqrt(producers_variance),
        share=reference,
        share_error=np.sqrt(np.nansum(weight[:, None] ** 2 * spread, 0)),
        mapped=weight,
        samples=n,
    )


# ---- calibration


BINS = 15


@dataclass
class Reliability:
    """How often the chosen class is right, by its stated probability."""

    pixels: np.ndarray
    stated: np.ndarray
    right: np.ndarray

    @staticmethod
    def empty() -> Reliability:
        return Reliability(np.zeros(BINS), np.zeros(BINS), np.zeros(BINS))

    def add(self, confidence: np.ndarray, right: np.ndarray) -> None:
        """@param confidence 0 to 1"""
        place = np.minimum((confidence * BINS).astype(int), BINS - 1)
        self.pixels += np.bincount(place, minlength=BINS)
        self.stated += np.bincount(place, confidence, BINS)
        self.right += np.bincount(place, right, BINS)

    def expected_error(self) -> float:
        """Expected calibration error: mean distance of stated from observed, weighted by pixels."""
        return float(np.abs(self.stated - self.right).sum() / max(1.0, self.pixels.sum()))

    def as_rows(self) -> list[dict[str, float]]:
        return [
            {"pixels": int(n), "stated": float(s / n), "right": float(r / n)}
            for n, s, r in zip(self.pixels, self.stated, self.right, strict=True)
            if n
        ]


# ---- a whole evaluation


@dataclass
class Tally:
    """One image's part in the result."""

    name: str
    table: np.ndarray
    bands: np.ndarray
    truth: np.ndarray
    classes: np.ndarray


@dataclass
class Result:
    table: np.ndarray
    reliability: Reliability
    truth_probability: np.ndarray
    """Pixels by true class (rows) and the 8-bit probability that the model gave it (256 columns)."""
    set_sizes: dict[str, float]
    coverage: dict[str, float]
    sample: np.ndarray
    images: list[tuple[str, float, int]]
    worst: list[Tally]

    @property
    def mapped(self) -> np.ndarray:
        return self.table.sum(0)


PATCH = 256


def evaluate(
    model: Model,
    images: Sequence[Image],
    points_a_class: int = 200,
    worst: int = 6,
    seed: int = 1,
    say: Callable[[str], None] = lambda _: None,
) -> Result:
    count = len(model.values)
    table = np.zeros((count, count), np.int64)
    reliability = Reliability.empty()
    truth_probability = np.zeros((count, 256), np.int64)
    thresholds = _thresholds(model.card, model.values)
    inside = {k: 0 for k in thresholds}
    sizes = {k: 0 for k in thresholds}
    by_image: list[tuple[str, float, int]] = []
    patches: list[Tally] = []
    for image in images:
        bands = image.select(model.card["bands"])
        classes, probabilities, confidence = model.predict(bands)
        truth = model.index[image.mask]
        found = model.index[classes]
        known = truth >= 0
        own = confusion(truth, found, count)
        table += own
        reliability.add(confidence[known] / 255, found[known] == truth[known])
        rows, columns = np.nonzero(known)
        given = probabilities[truth[known], rows, columns]
        truth_probability += np.bincount(truth[known] * 256 + given, minlength=count * 256).reshape(count, 256)
        for level, least in thresholds.items():
            inside[level] += int(np.sum(given >= least[truth[known]]))
            sizes[level] += int(np.sum((probabilities >= least[:, None, None]).sum(0)[known]))
        by_image.append((image.name, overall_accuracy(own), int(own.sum())))
        patches += _worst_patches(image, bands, truth, classes, found, count)
        patches = sorted(patches, key=lambda t: overall_accuracy(t.table))[:worst]
        say(f"{image.name}: {overall_accuracy(own):.4f}")
    total = max(1, int(table.sum()))
    return Result(
        table,
        reliability,
        truth_probability,
        {k: v / total for k, v in sizes.items()},
        {k: v / total for k, v in inside.items()},
        _sample(table, points_a_class, np.random.default_rng(seed)),
        by_image,
        patches,
    )


def reliability(model: Model, images: Sequence[Image]) -> Reliability:
    """Of the same pixels as `evaluate`'s."""
    found = Reliability.empty()
    for image in images:
        classes, _, confidence = model.predict(image.select(model.card["bands"]))
        truth = model.index[image.mask]
        known = truth >= 0
        found.add(confidence[known] / 255, model.index[classes][known] == truth[known])
    return found


def _worst_patches(
    image: Image, bands: np.ndarray, truth: np.ndarray, classes: np.ndarray, found: np.ndarray, count: int
) -> list[Tally]:
    out = []
    height, width = truth.shape
    for row in range(0, max(1, height - PATCH + 1), PATCH):
        for column in range(0, max(1, width - PATCH + 1), PATCH):
            at = np.s_[row : row + PATCH, column : column + PATCH]
            own = confusion(truth[at], found[at], count)
            if own.sum() >= PATCH * PATCH // 2:
                name = f"{image.name} at column {column}, row {row}"
                out.append(Tally(name, own, bands[(slice(None), *at)].copy(), image.mask[at].copy(), classes[at].copy()))
    return sorted(out, key=lambda t: overall_accuracy(t.table))[:6]


def _sample(table: np.ndarray, points: int, random: np.random.Generator) -> np.ndarray:
    """`points` of each map class, map class in rows, truth in columns. Which pixels are drawn does not matter, only how
    many of each pair: a hypergeometric draw from the whole table is a simple random sample of each stratum."""
    return np.stack([random.multivariate_hypergeometric(c, min(points, int(c.sum()))) for c in table.T])


def _thresholds(card: dict[str, Any], values: list[int]) -> dict[str, np.ndarray]:
    """By coverage level, the least 8-bit probability with which each class belongs to the set."""
    out = {}
    for entry in card.get("calibration", {}).get("conformal", []):
        least = {t["value"]: t["minProbability"] for t in entry["classes"]}
        out[f"{entry['coverage']:g}"] = np.array([least.get(v, 256) for v in values])
    return out
