# SPDX-License-Identifier: Apache-2.0
"""A recipe: everything that decides a model, in one TOML file beside the code."""

from __future__ import annotations

import glob
import json
import math
import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from survol_train.dataset import BANDS, Image, Source, load
from survol_train.problems import BadInput

SPLITS = ("train", "validation", "test")
NETWORKS = ("small-unet", "lite-unet")


@dataclass(frozen=True)
class Course:
    """How long and how fast."""

    steps: int = 2000
    batch: int = 8
    crop: int = 256
    rate: float = 3e-3
    weight_decay: float = 1e-3
    settle: float = 0.35
    """Last share of the steps, over which the rate falls to nothing; before it stays at its peak, so that a run can be
    prolonged by resuming it with more steps."""
    seed: int = 1
    dice: float = 0.0
    """Weight of the Dice loss beside cross-entropy: rare classes count more, probabilities mean less until calibrated."""
    encoder_rate: float = 0.3
    """Share of the rate at which layers learn that begin with published weights."""

    def steps_for(self, epochs: float, pixels: int) -> int:
        """Steps whose crops together have as many pixels as that many passes over the images."""
        return math.ceil(epochs * pixels / (self.batch * self.crop**2))


@dataclass(frozen=True)
class Augmentation:
    """How far a crop is taken away from how it was pictured; 8-bit steps where a unit matters."""

    gain: float = 0.22
    band_gain: float = 0.06
    offset: float = 12.0
    gamma: float = 0.16
    noise: float = 4.0
    zoom: float = 1.0
    """Largest enlargement, and largest reduction; 1 = none."""
    elevation_scale: float = 0.08
    elevation_noise: float = 0.6
    elevation_missing: float = 0.05
    rare: float = 0.4
    """Share of crops that are centred on a class drawn evenly, not on a place drawn evenly."""


@dataclass(frozen=True)
class Recipe:
    path: Path
    name: str
    title: str
    version: str
    licence: str
    training_data: str
    bands: tuple[str, ...]
    gsd_metres: float
    nomenclature: dict[str, Any]
    network: str = NETWORKS[0]
    course: Course = field(default_factory=Course)
    augmentation: Augmentation = field(default_factory=Augmentation)
    sources: dict[str, tuple[dict[str, Any], ...]] = field(default_factory=dict)
    root: Path = Path()
    """Where relative paths of images begin."""
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
    domain: dict[str, Any] | None = None
    """Which flights the model is for, as the card has it."""

    @property
    def values(self) -> list[int]:
        return [c["value"] for c in self.nomenclature["classes"]]

    def images(self, split: str, say: Any = lambda _: None) -> list[tuple[Image, float]]:
        """Images of a split, each with its source's weight."""
        if not self.sources.get(split):
            raise BadInput(f"{self.path}: no [[{split}]] in this recipe")
        sources = [_source(table, self.root, self.path) for table in self.sources[split]]
        return [(i, s.weight) for s in sources for i in load(s, self.values, say)]


MEAN = {"RED": 105.08, "GREEN": 110.87, "BLUE": 101.82, "NIR": 106.38, "ELEVATION": 53.26}
STD = {"RED": 52.17, "GREEN": 45.38, "BLUE": 44.00, "NIR": 39.69, "ELEVATION": 79.30}
"""Of FLAIR#1 in DN, as published: the field's usual normalisation of such stacks."""


def read(path: Path, data: Path | None = None) -> Recipe:
    """@param data where relative paths of images begin; the recipe's own folder when None"""
    try:
        table = tomllib.loads(path.read_text())
    except FileNotFoundError:
        raise BadInput(f"{path}: no such recipe") from None
    except tomllib.TOMLDecodeError as reason:
        raise BadInput(f"{path}: not TOML: {reason}") from None
    missing = [k for k in ("name", "bands", "nomenclature") if k not in table]
    if missing:
        raise BadInput(f"{path}: {', '.join(missing)} missing")
    unknown = [b for b in table["bands"] if b not in BANDS]
    if unknown:
        raise BadInput(f"{path}: no such band: {', '.join(unknown)}; known are {', '.join(BANDS)}")
    network = table.get("network", NETWORKS[0])
    if network not in NETWORKS:
        raise BadInput(f"{path}: no such network: {network}; known are {', '.join(NETWORKS)}")
    nomenclature = _nomenclature(path.parent / table["nomenclature"], table.get("values"))
    return Recipe(
        path=path,
        name=table["name"],
        title=table.get("title", table["name"]),
        version=str(table.get("version", "1")),
        licence=table.get("licence", "Apache-2.0"),
        training_data=table.get("training_data", ""),
        bands=tuple(table["bands"]),
        gsd_metres=float(table.get("gsd_metres", 0.2)),
        nomenclature=nomenclature,
        network=network,
        course=_of(Course, table.get("training", {}), path),
        augmentation=_of(Augmentation, table.get("augmentation", {}), path),
        sources={split: tuple(table.get(split, [])) for split in SPLITS},
        root=data or path.parent,
        mean=tuple(table.get("mean", [MEAN[b] for b in table["bands"]])),
        domain=table.get("domain"),
        std=tuple(table.get("std", [STD[b] for b in table["bands"]])),
    )


def _nomenclature(path: Path, values: list[int] | None) -> dict[str, Any]:
    try:
        whole = json.loads(path.read_text())
    except FileNotFoundError:
        raise BadInput(f"{path}: no such class list") from None
    except json.JSONDecodeError as reason:
        raise BadInput(f"{path}: not JSON: {reason}") from None
    classes = whole["classes"]
    if values is not None:
        absent = sorted(set(values) - {c["value"] for c in classes})
        if absent:
            raise BadInput(f"{path}: no class {', '.join(map(str, absent))} in this list")
        classes = [c for c in classes if c["value"] in values]
    if any(not 1 <= c["value"] <= 255 for c in classes):
        raise BadInput(f"{path}: class values must be 1 to 255; 0 means not known")
    return {"id": whole["id"], "classes": classes}


def _of(kind: Any, table: dict[str, Any], path: Path) -> Any:
    known = {f.name for f in fields(kind)}
    unknown = sorted(set(table) - known)
    if unknown:
        raise BadInput(f"{path}: no such setting: {', '.join(unknown)}; known are {', '.join(sorted(known))}")
    return kind(**table)


def _source(table: dict[str, Any], root: Path, path: Path) -> Source:
    table = dict(table)
    kind, patterns = table.pop("kind", None), table.pop("paths", None)
    if kind is None or not patterns:
        raise BadInput(f"{path}: each data set needs kind and paths")
    if not isinstance(patterns, list):
        raise BadInput(f'{path}: paths must be a list, for example ["{patterns}"]')
    found: list[Path] = []
    for pattern in patterns:
        matches = sorted(glob.glob(str(root / pattern)))
        if not matches:
            raise BadInput(f"{path}: nothing at {root / pattern}; --data names the folder where images begin")
        found.extend(Path(m) for m in matches)
    values, weight = table.pop("map", None), table.pop("weight", 1.0)
    try:
        values = None if values is None else {int(k): int(v) for k, v in values.items()}
        weight = float(weight)
    except (TypeError, ValueError, AttributeError) as reason:
        raise BadInput(f"{path}: a set of kind {kind} has a map or weight of other than numbers ({reason})") from None
    if not (weight > 0 and math.isfinite(weight)):
        raise BadInput(f"{path}: weight must be above 0: {weight}; leave the set out instead")
    if "masks" in table:
        table["masks"] = str(root / str(table["masks"]))
    return Source(
        kind=kind,
        paths=tuple(found),
        values=values,
        weight=weight,
        options=table,
    )
