# SPDX-License-Identifier: Apache-2.0
"""A processed acquisition as a FLAIR-layout data set: 512 px patches with masks and metadata, so that users can train on
their own maps. Needs the tiles' `stack.tif` and either rasters of classes or polygons with a class each."""

from __future__ import annotations

import json
import re
import sqlite3
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tifffile

from survol_train.dataset import BANDS, Placed, aligned, placed
from survol_train.problems import BadInput

SIDE = 512
DOMAIN = re.compile(r"D\d{3}_\d{4}")

Rings = list[np.ndarray]
"""Exterior first, then holes; each (points, 2): easting, northing."""


def export(
    stacks: Sequence[Path],
    labels: Path,
    out: Path,
    domain: str,
    zone: str = "Z1_XX",
    field: str = "class",
    date: str | None = None,
    least_labelled: float = 0.5,
) -> int:
    """Writes `out/DOMAIN/ZONE/{img,msk}` and `out/flair_aerial_metadata.json`; returns the number of patches. What was
    exported there before for other zones stays."""
    if not DOMAIN.fullmatch(domain):
        raise BadInput(f"domain must look like D081_2022 (département, year): {domain}")
    if not stacks:
        raise BadInput("no stack: name the tiles' stack.tif files")
    polygons = None if labels.suffix.lower() in (".tif", ".tiff") else list(read_polygons(labels, field))
    if polygons == []:
        raise BadInput(f"{labels}: holds no polygon with a value in {field}")
    img, msk = out / domain / zone / "img", out / domain / zone / "msk"
    for folder in (img, msk):
        folder.mkdir(parents=True, exist_ok=True)
    metadata_path = out / "flair_aerial_metadata.json"
    metadata: dict[str, Any] = json.loads(metadata_path.read_text()) if metadata_path.exists() else {}
    number = 1 + max((int(k.removeprefix("IMG_")) for k in metadata), default=0)
    written = 0
    done: set[tuple[int, int]] = set()
    for path in stacks:
        stack = _stack(path)
        bands = stack.pixels
        if polygons is None:
            mask = aligned(placed(labels), stack)
        else:
            mask = rasterise(polygons, bands.shape[:2], stack.west, stack.north, stack.gsd)
        # patches lie on an absolute grid, so that neighbouring stacks with their halos do not repeat one another
        side = SIDE * stack.gsd
        first_column, first_row = int(np.ceil(stack.west / side - 1e-6)), int(np.floor(stack.north / side + 1e-6))
        column = first_column
        while (left := round((column * side - stack.west) / stack.gsd)) + SIDE <= bands.shape[1]:
            row = first_row
            while (top := round((stack.north - row * side) / stack.gsd)) + SIDE <= bands.shape[0]:
                at = np.s_[top : top + SIDE, left : left + SIDE]
                if (column, row) not in done and np.mean(mask[at] > 0) >= least_labelled and bands[at].any():
                    done.add((column, row))
                    west, north = column * side, row * side
                    key = f"IMG_{number:06d}"
                    _write(img / f"{key}.tif", np.moveaxis(bands[at], -1, 0), west, north, stack.gsd)
                    _write(msk / f"MSK_{number:06d}.tif", mask[at], west, north, stack.gsd)
                    metadata[key] = {
                        "domain": domain,
                        "zone": zone,
                        "patch_centroid_x": west + side / 2,
                        "patch_centroid_y": north - side / 2,
                        "date": date or f"{domain[-4:]}-07-01",
                        "time": "12h00",
                        "camera": "unknown",
                        "source": str(path.name),
                    }
                    number += 1
                    written += 1
                row -= 1
            column += 1
    if not written:
        raise BadInput(f"{labels}: no patch of {SIDE} px is labelled to {least_labelled:.0%} inside these stacks")
    partial = metadata_path.with_suffix(".partial")
    partial.write_text(json.dumps(metadata, indent=1))
    partial.replace(metadata_path)
    return written


def _stack(path: Path) -> Placed:
    stack = placed(path)
    pixels = stack.pixels if stack.pixels.ndim == 3 else stack.pixels[..., None]
    if pixels.shape[2] > len(BANDS) or pixels.dtype != np.uint8:
        raise BadInput(f"{path}: {pixels.shape[2]} bands of {pixels.dtype}; a stack has up to 5 of uint8")
    return Placed(pixels, stack.west, stack.north, stack.gsd)


def _write(path: Path, pixels: np.ndarray, west: float, north: float, gsd: float) -> None:
    tags = [(33550, "d", 3, (gsd, gsd, 0.0), True), (33922, "d", 6, (0.0, 0.0, 0.0, west, north, 0.0), True)]
    tifffile.imwrite(
        path,
        pixels,
        photometric="minisblack",
        planarconfig="separate" if pixels.ndim == 3 else None,
        compression="zlib",
        extratags=tags,
    )


def rasterise(
    polygons: Sequence[tuple[int, Rings]], shape: tuple[int, int], west: float, north: float, gsd: float
) -> np.ndarray:
    """Class of the polygon at each pixel's centre, 0 where there is none; even-odd, so holes stay open."""
    mask = np.zeros(shape, np.uint8)
    height, width = shape
    for value, rings in polygons:
        edges = []
        for ring in rings:
            x, y = (ring[:, 0] - west) / gsd - 0.5, (north - ring[:, 1]) / gsd - 0.5
            edges.append(np.stack([x[:-1], y[:-1], x[1:], y[1:]], 1))
        lines = np.concatenate(edges)
        lines = lines[lines[:, 1] != lines[:, 3]]
        if not len(lines):
            continue
        top = max(0, int(np.floor(lines[:, [1, 3]].min())))
        bottom = min(height - 1, int(np.ceil(lines[:, [1, 3]].max())))
        for row in range(top, bottom + 1):
            crossed = lines[(lines[:, 1] <= row) != (lines[:, 3] <= row)]
            if not len(crossed):
                continue
            x = crossed[:, 0] + (row - crossed[:, 1]) / (crossed[:, 3] - crossed[:, 1]) * (crossed[:, 2] - crossed[:, 0])
            x = np.clip(np.ceil(np.sort(x)), 0, width).astype(int)
            for begin, end in zip(x[::2], x[1::2], strict=False):
                mask[row, begin:end] = value
    return mask


def read_polygons(path: Path, field: str) -> Iterator[tuple[int, Rings]]:
    """Of a GeoPackage's first layer of features or a GeoJSON, in the file's own CRS, which must be the stack's."""
    if not path.exists():
        raise BadInput(f"{path}: no such file")
    match path.suffix.lower():
        case ".gpkg":
            yield from _of_geopackage(path, field)
        case ".geojson" | ".json":
            for feature in json.loads(path.read_text())["features"]:
                if field not in feature["properties"]:
                    raise BadInput(f"{path}: features have no {field}; they have {', '.join(feature['properties'])}")
                geometry = feature["geometry"]
                parts = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
                for part in parts:
                    yield int(feature["properties"][field]), [np.array(ring, float)[:, :2] for ring in part]
        case _:
            raise BadInput(f"{path}: labels must be a GeoTIFF, a GeoPackage or a GeoJSON")


def _of_geopackage(path: Path, field: str) -> Iterator[tuple[int, Rings]]:
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
        try:
            row = db.execute("select table_name, column_name from gpkg_geometry_columns").fetchone()
        except sqlite3.DatabaseError as reason:
            raise BadInput(f"{path}: not a GeoPackage ({reason})") from None
        if row is None:
            raise BadInput(f"{path}: no layer of features")
        table, geometry = row
        columns = [c[1] for c in db.execute(f'pragma table_info("{table}")')]
        if field not in columns:
            raise BadInput(f"{path}: layer {table} has no column {field}; it has {', '.join(columns)}")
        for value, blob in db.execute(f'select "{field}", "{geometry}" from "{table}"'):
            if value is not None and blob is not None:
                envelope = (0, 32, 48, 48, 64)[blob[3] >> 1 & 7]
                for rings in _polygons(blob, 8 + envelope)[0]:
                    yield int(value), rings


def _polygons(wkb: bytes, at: int) -> tuple[list[Rings], int]:
    order = "<" if wkb[at] == 1 else ">"
    (kind,) = struct.unpack_from(order + "I", wkb, at + 1)
    at += 5
    dimensions = 2 + (kind // 1000 in (1, 2)) + 2 * (kind // 1000 == 3)
    (count,) = struct.unpack_from(order + "I", wkb, at)
    at += 4
    match kind % 1000:
        case 3:
            rings = []
            for _ in range(count):
                (points,) = struct.unpack_from(order + "I", wkb, at)
                at += 4
                ring = np.frombuffer(wkb, order + "f8", points * dimensions, at).reshape(points, dimensions)
                rings.append(ring[:, :2])
                at += points * dimensions * 8
            return [rings], at
        case 6:
            parts: list[Rings] = []
            for _ in range(count):
                found, at = _polygons(wkb, at)
                parts += found
            return parts, at
    raise BadInput(f"geometry type {kind}: only polygons can be labels")


