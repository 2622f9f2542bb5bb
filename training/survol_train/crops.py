# SPDX-License-Identifier: Apache-2.0
"""Random crops with augmentation. A batch depends on the seed and its number alone, so a resumed run sees what the
uninterrupted one would have seen."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from survol_train.dataset import THIN, Image, Kept, nearest, resized
from survol_train.recipe import Course, Recipe

_PLACES = 4096
_KEPT = 256 << 20
"""Bytes of places kept."""


class Crops:
    def __init__(self, images: list[tuple[Image, float]], recipe: Recipe, course: Course) -> None:
        self._size = course.crop
        self._batch = course.batch
        self._seed = course.seed
        self._how = recipe.augmentation
        self._optical = [i for i, b in enumerate(recipe.bands) if b != "ELEVATION"]
        self._elevation = [i for i, b in enumerate(recipe.bands) if b == "ELEVATION"]
        self._images = [image for image, _ in images]
        self._rows = [image.rows(recipe.bands) for image in self._images]
        self._scales = [image.gsd_metres / recipe.gsd_metres if image.gsd_metres else 1.0 for image in self._images]
        areas = np.array([weight * math.prod(image.shape) for image, weight in images], np.float64)
        self._shares = areas / areas.sum()
        self._index = np.full(256, -1, np.int64)
        self._index[recipe.values] = np.arange(len(recipe.values))
        random = np.random.default_rng(course.seed)
        shown: dict[int, list[int]] = {}
        self._chosen: dict[tuple[int, int], Mapping[str, Any]] = {}
        for number, image in enumerate(self._images):
            for value, pixels in image.thinned().items():
                shown.setdefault(value, []).append(number)
                if pixels > _PLACES:
                    self._chosen[number, value] = random.bit_generator.state
                    random.choice(pixels, _PLACES, replace=False)
        self._values = list(shown)
        self._showing = {value: np.array(numbers) for value, numbers in shown.items()}
        self._kept = Kept(_KEPT)

    def _places(self, number: int, value: int) -> np.ndarray:
        """Rows and columns (places, 2) where an image shows a class, a fixed choice of them where there are many. They
        are found when asked for: those of all images of a large set would not fit into memory."""

        def find() -> np.ndarray:
            found = np.argwhere(self._images[number].mask[::THIN, ::THIN] == value) * THIN
            if (number, value) not in self._chosen:
                return found
            random = np.random.default_rng()
            random.bit_generator.state = self._chosen[number, value]
            return found[random.choice(len(found), _PLACES, replace=False)]

        return self._kept.get((number, value), find)

    def batches(self, first: int, end: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Batches `first` to `end` (excluded), each made while the one before is in use."""
        with ThreadPoolExecutor(1) as pool:
            ahead = pool.submit(self.batch, first)
            for number in range(first, end):
                ready = ahead.result()
                if number + 1 < end:
                    ahead = pool.submit(self.batch, number + 1)
                yield ready

    def batch(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        """Bands (batch, bands, size, size) float32 in DN, class indices (batch, size, size), -1 = not known."""
        random = np.random.default_rng([self._seed, number])
        pairs = [self._crop(random) for _ in range(self._batch)]
        return np.stack([p[0] for p in pairs]), np.stack([p[1] for p in pairs])

    def _crop(self, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        size = self._size
        zoom = float(np.exp(random.uniform(-1, 1) * np.log(self._how.zoom))) if self._how.zoom > 1 else 1.0
        if random.random() < self._how.rare:
            value = int(random.choice(self._values))
            showing = self._showing[value]
            weights = self._shares[showing]
            number = int(showing[random.choice(len(showing), p=weights / weights.sum())])
            places = self._places(number, value)
            wanted = self._wanted(number, zoom)
            row, column = places[random.integers(len(places))] - random.integers(0, wanted, 2)
        else:
            number = int(random.choice(len(self._images), p=self._shares))
            wanted = self._wanted(number, zoom)
            row, column = random.integers(0, np.maximum(1, np.array(self._images[number].shape) - wanted + 1))
        image = self._images[number]
        height, width = image.shape
        row = int(np.clip(row, 0, max(0, height - wanted)))
        column = int(np.clip(column, 0, max(0, width - wanted)))
        at = np.s_[row : row + wanted, column : column + wanted]
        bands = image.bands[(slice(None), *at)][self._rows[number]].astype(np.float32)
        truth = self._index[image.mask[at]]
        if bands.shape[1:] != (wanted, wanted):
            rest = ((0, wanted - bands.shape[1]), (0, wanted - bands.shape[2]))
            bands = np.pad(bands, ((0, 0), *rest), mode="reflect" if min(bands.shape[1:]) > wanted // 2 else "edge")
            truth = np.pad(truth, rest, constant_values=-1)
        if wanted != size:
            bands = resized(bands, (size, size))
            truth = truth[np.ix_(nearest(wanted, size), nearest(wanted, size))]
        turns = int(random.integers(4))
        bands, truth = np.rot90(bands, turns, (1, 2)), np.rot90(truth, turns)
        if random.random() < 0.5:
            bands, truth = bands[..., ::-1], truth[..., ::-1]
        return self._radiometry(bands.copy(), random), np.ascontiguousarray(truth)

    def _wanted(self, number: int, zoom: float) -> int:
        """Side, in pixels of the image, of the ground that a crop shows."""
        return max(8, round(self._size / zoom / self._scales[number]))

    def _radiometry(self, out: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """Another sun, another sensor: a gain and an offset for all bands, smaller ones each, gamma, noise. Bytes again
        at the end, as the real input will be. Most crops get little noise: what texture tells must stay learnable."""
        how = self._how
        optical = out[self._optical]
        count = (len(optical), 1, 1)
        gain = np.exp(random.uniform(-how.gain, how.gain)) * random.uniform(1 - how.band_gain, 1 + how.band_gain, count)
        offset = random.uniform(-how.offset, how.offset) + random.uniform(-how.offset, how.offset, count) * 0.4
        gamma = np.exp(random.uniform(-how.gamma, how.gamma))
        optical = 255 * np.clip(optical / 255, 0, 1) ** np.float32(gamma) * gain.astype(np.float32)
        sigma = how.noise * random.random() ** 2
        optical += offset.astype(np.float32) + np.float32(sigma) * random.standard_normal(optical.shape, np.float32)
        out[self._optical] = optical
        for band in self._elevation:
            if random.random() < how.elevation_missing:
                out[band] = 0
            else:
                scale = random.uniform(1 - how.elevation_scale, 1 + how.elevation_scale)
                sigma = how.elevation_noise * random.random()
                out[band] = out[band] * scale + sigma * random.standard_normal(out[band].shape, np.float32)
        return np.clip(np.rint(out), 0, 255).astype(np.float32)
