# SPDX-License-Identifier: Apache-2.0
"""Generated scenes as training data: crops of each strip with the truth below them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tifffile

METRES_PER_DN = 0.2
"""Elevation above ground in a stack: one digital number is 0.2 m, clipped at 255."""

BANDS = ("RED", "GREEN", "BLUE", "NIR", "ELEVATION")


@dataclass(frozen=True)
class Strip:
    """One strip of a flight: bands (5, H, W) uint8 in the order of BANDS, truth (H, W) uint8, 0 = not known."""

    name: str
    bands: np.ndarray
    truth: np.ndarray


@dataclass(frozen=True)
class _Image:
    pixels: np.ndarray
    west: float
    north: float
    gsd: float


def _read(path: Path) -> _Image:
    with tifffile.TiffFile(path) as tiff:
        page = tiff.pages[0]
        scale = page.tags["ModelPixelScaleTag"].value
        tie = page.tags["ModelTiepointTag"].value
        pixels = page.asarray()
        if pixels.ndim == 3 and page.planarconfig == 2:
            pixels = np.moveaxis(pixels, 0, -1)
        return _Image(pixels, tie[3] - tie[0] * scale[0], tie[4] + tie[1] * scale[1], scale[0])


def _aligned(image: _Image, like: _Image) -> np.ndarray:
    """The part of `image` below `like`; both lie on the same absolute grid. Outside: zeros."""
    height, width = like.pixels.shape[:2]
    column = round((like.west - image.west) / image.gsd)
    row = round((image.north - like.north) / image.gsd)
    out = np.zeros((height, width, *image.pixels.shape[2:]), image.pixels.dtype)
    r0, c0 = max(0, row), max(0, column)
    r1, c1 = min(image.pixels.shape[0], row + height), min(image.pixels.shape[1], column + width)
    if r0 < r1 and c0 < c1:
        out[r0 - row : r1 - row, c0 - column : c1 - column] = image.pixels[r0:r1, c0:c1]
    return out


def load(folder: Path) -> list[Strip]:
    """All strips of a delivery made by `survol scene`."""
    item = json.loads((folder / "item.json").read_text())
    by_role: dict[str, list[tuple[str, Path]]] = {}
    for name, asset in sorted(item["assets"].items()):
        role = asset.get("survol:role")
        if role:
            by_role.setdefault(role, []).append((name, folder / asset["href"]))
    truth = _read(folder / "truth" / "classes.tif")
    ground = [_read(path) for _, path in by_role["DTM"]]
    surface = [_read(path) for _, path in by_role["DSM"]]
    infrared = [_read(path) for _, path in by_role["IRC"]]
    strips = []
    for name, path in by_role["RGB"]:
        rgb = _read(path)
        own_infrared = next(
            i for i in infrared if (i.west, i.north, i.pixels.shape[:2]) == (rgb.west, rgb.north, rgb.pixels.shape[:2])
        )
        height = _mosaic(surface, rgb) - _mosaic(ground, rgb)
        elevation = np.clip(np.rint(np.nan_to_num(height) / METRES_PER_DN), 0, 255).astype(np.uint8)
        bands = np.concatenate(
            [
                np.moveaxis(rgb.pixels[..., :3], -1, 0),
                own_infrared.pixels[None, ..., 0],
                elevation[None],
            ]
        )
        strips.append(Strip(f"{folder.name}/{name}", np.ascontiguousarray(bands), _aligned(truth, rgb)))
    return strips


def _mosaic(images: list[_Image], like: _Image) -> np.ndarray:
    out = np.full(like.pixels.shape[:2], np.nan, np.float32)
    for image in images:
        valid = np.where(image.pixels < -9000, np.nan, image.pixels).astype(np.float32)
        part = _aligned(_Image(np.nan_to_num(valid, nan=-1e9), image.west, image.north, image.gsd), like)
        inside = _aligned(_Image(np.isfinite(valid), image.west, image.north, image.gsd), like)
        out = np.where(np.isnan(out) & inside, part, out)
    return out


class Crops:
    """Endless random crops with augmentation. Rare classes are sought: half of the crops are centred on a class drawn
    evenly instead of on a place drawn evenly."""

    def __init__(self, strips: list[Strip], bands: int, size: int, values: list[int], seed: int) -> None:
        self.strips = strips
        self.bands = bands
        self.size = size
        self.index = np.zeros(256, np.int64) - 1
        self.index[values] = np.arange(len(values))
        self.random = np.random.default_rng(seed)
        self.places = {
            value: [(s, places) for s in strips if len(places := _some_places(s.truth, value, self.random))]
            for value in values
        }
        self.places = {value: found for value, found in self.places.items() if found}

    def batch(self, count: int) -> tuple[np.ndarray, np.ndarray]:
        """Bands (count, bands, size, size) float32 in DN and class indices (count, size, size), -1 = not known."""
        pairs = [self._crop() for _ in range(count)]
        return np.stack([p[0] for p in pairs]), np.stack([p[1] for p in pairs])

    def _crop(self) -> tuple[np.ndarray, np.ndarray]:
        rng, size = self.random, self.size
        if rng.random() < 0.5:
            found = self.places[rng.choice(list(self.places))]
            strip, places = found[rng.integers(len(found))]
            row, column = places[rng.integers(len(places))] - rng.integers(0, size, 2)
        else:
            strip = self.strips[rng.integers(len(self.strips))]
            row, column = rng.integers(0, strip.truth.shape[0]), rng.integers(0, strip.truth.shape[1])
        row = int(np.clip(row, 0, strip.truth.shape[0] - size))
        column = int(np.clip(column, 0, strip.truth.shape[1] - size))
        image = strip.bands[: self.bands, row : row + size, column : column + size].astype(np.float32)
        truth = self.index[strip.truth[row : row + size, column : column + size]]
        turns = int(rng.integers(4))
        image, truth = np.rot90(image, turns, (1, 2)), np.rot90(truth, turns)
        if rng.random() < 0.5:
            image, truth = image[..., ::-1], truth[..., ::-1]
        return self._radiometry(image), np.ascontiguousarray(truth)

    def _radiometry(self, image: np.ndarray) -> np.ndarray:
        """Another sun, another sensor: a gain and an offset for all, a smaller one a band, haze, noise; sometimes no
        elevation at all. Bytes again at the end, as the real input will be."""
        rng = self.random
        optical = min(4, self.bands)
        gain = rng.uniform(0.8, 1.25) * rng.uniform(0.92, 1.08, (optical, 1, 1))
        offset = rng.uniform(-12, 12) + rng.uniform(-5, 5, (optical, 1, 1))
        gamma = rng.uniform(0.85, 1.18)
        out = image.copy()
        out[:optical] = 255 * np.clip(out[:optical] / 255, 0, 1) ** gamma * gain + offset
        out[:optical] += rng.normal(0, rng.uniform(0, 4), out[:optical].shape)
        if self.bands == 5:
            if rng.random() < 0.1:
                out[4] = 0
            else:
                out[4] = out[4] * rng.uniform(0.9, 1.1) + rng.normal(0, 1.0, out[4].shape)
        return np.clip(np.rint(out), 0, 255).astype(np.float32)


def _some_places(truth: np.ndarray, value: int, rng: np.random.Generator, most: int = 4096) -> np.ndarray:
    places = np.argwhere(truth[::4, ::4] == value) * 4
    return places if len(places) <= most else places[rng.choice(len(places), most, replace=False)]
