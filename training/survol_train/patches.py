# SPDX-License-Identifier: Apache-2.0
"""A processed acquisition as a FLAIR-layout data set: 512 px patches with masks and metadata, so that users can train on
their own maps. Needs the tiles' `stack.tif` and either rasters of classes or polygons with a class each."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import struct
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tifffile

from survol_train.dataset import BANDS, DOMAIN, PARTIAL, Header, Placed, aligned, header, placed
from survol_train.problems import BadInput

SIDE = 512
METADATA = "flair_aerial_metadata.json"

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
    exported for that domain and zone before is replaced, other zones stay; a failure leaves everything as it was."""
    if not DOMAIN.fullmatch(domain):
        raise BadInput(f"domain must look like D081_2022 (département, year): {domain}")
    if not re.fullmatch(r"[A-Za-z0-9_-]+", zone):
        raise BadInput(f"zone must be letters, digits, - and _, for example Z1_XX: {zone}")
    if not stacks:
        raise BadInput("no stack: name the tiles' stack.tif files")
    truth = _truth(labels, field)
    metadata = _others(out, domain, zone)
    first = 1 + max((int(k.removeprefix("IMG_")) for k in metadata if re.fullmatch(r"IMG_\d+", k)), default=0)
    partial = out / f"{domain}-{zone}{PARTIAL}"
    made = next((p for p in (*reversed(partial.parents), partial) if not p.exists()), partial)
    shutil.rmtree(partial, ignore_errors=True)
    try:
        written = 0
        for patch in _patches(stacks, truth, least_labelled):
            number = first + written
            _write(partial / "img" / f"IMG_{number:06d}.tif", np.moveaxis(patch.bands, -1, 0), patch)
            _write(partial / "msk" / f"MSK_{number:06d}.tif", patch.mask, patch)
            metadata[f"IMG_{number:06d}"] = _entry(patch, domain, zone, date)
            written += 1
        if not written:
            raise BadInput(f"{labels}: no patch of {SIDE} px is labelled to {least_labelled:.0%} inside these stacks")
        (partial / METADATA).write_text(json.dumps(metadata, indent=1))
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise
    _replace(out / domain / zone, partial)
    (out / domain / zone / METADATA).replace(out / METADATA)
    return written


def _replace(final: Path, by: Path) -> None:
    before = by.with_name(f"before-{by.name}")
    shutil.rmtree(before, ignore_errors=True)
    final.parent.mkdir(exist_ok=True)
    if final.exists():
        final.replace(before)
    by.replace(final)
    shutil.rmtree(before, ignore_errors=True)


def _others(out: Path, domain: str, zone: str) -> dict[str, Any]:
    """What the set's metadata says about all but that zone. Patches there that no earlier export wrote are not touched."""
    path = out / METADATA
    try:
        metadata = json.loads(path.read_text()) if path.exists() else {}
        own = {k for k, entry in metadata.items() if (entry.get("domain"), entry.get("zone")) == (domain, zone)}
        exported = {k for k in own if "source" in metadata[k]}
    except (ValueError, AttributeError) as reason:
        raise BadInput(f"{path}: not the metadata of a FLAIR set ({reason}); repair it or take another -o") from None
    strange = sorted(p for p in (out / domain / zone).glob("img/IMG_*.tif") if p.stem not in exported)
    if strange:
        raise BadInput(f"{strange[0]}: not written by an export; take another --zone or -o, or remove it")
    return {k: entry for k, entry in metadata.items() if k not in own}


@dataclass(frozen=True)
class Patch:
    """One patch.

    bands: (SIDE, SIDE, bands) uint8; mask: (SIDE, SIDE) uint8; west and north: of its top left corner.
    """

    bands: np.ndarray
    mask: np.ndarray
    names: tuple[str, ...]
    west: float
    north: float
    gsd: float
    stack: Path
    told: Header


def _patches(stacks: Sequence[Path], truth: Truth, least_labelled: float) -> Iterator[Patch]:
    done: set[tuple[int, int]] = set()
    names: tuple[str, ...] = ()
    for path in stacks:
        told = header(path)
        stack = _stack(path)
        own = told.names(path, stack.pixels.shape[2])
        if names not in ((), own):
            raise BadInput(f"{path}: bands {', '.join(own)}, {stacks[0]} has {', '.join(names)}; export them to different sets")
        names = own
        mask = _mask_of(truth, stack, told)
        # patches lie on an absolute grid, so that neighbouring stacks with their halos do not repeat one another
        side = SIDE * stack.gsd
        height, width = mask.shape
        column = int(np.ceil(stack.west / side - 1e-6))
        while (left := round((column * side - stack.west) / stack.gsd)) + SIDE <= width:
            row = int(np.floor(stack.north / side + 1e-6))
            while (top := round((stack.north - row * side) / stack.gsd)) + SIDE <= height:
                at = np.s_[top : top + SIDE, left : left + SIDE]
                if (column, row) not in done and np.mean(mask[at] > 0) >= least_labelled and stack.pixels[at].any():
                    done.add((column, row))
                    yield Patch(stack.pixels[at], mask[at], names, column * side, row * side, stack.gsd, path, told)
                row -= 1
            column += 1


def _entry(patch: Patch, domain: str, zone: str, date: str | None) -> dict[str, Any]:
    """As IGN's loaders read it; a stack does not know the altitude."""
    side = SIDE * patch.gsd
    taken = patch.told.taken or f"{domain[-4:]}-07-01T12:00"
    return {
        "domain": domain,
        "zone": zone,
        "patch_centroid_x": patch.west + side / 2,
        "patch_centroid_y": patch.north - side / 2,
        "patch_centroid_z": 0.0,
        "date": date or taken[:10],
        "time": f"{taken[11:13]}h{taken[14:16]}",
        "camera": "unknown",
        "source": patch.stack.name,
        "bands": list(patch.names),
        "gsd_metres": patch.gsd,
    }


def _stack(path: Path) -> Placed:
    stack = placed(path)
    pixels = stack.pixels if stack.pixels.ndim == 3 else stack.pixels[..., None]
    if pixels.shape[2] > len(BANDS) or pixels.dtype != np.uint8:
        raise BadInput(f"{path}: {pixels.shape[2]} bands of {pixels.dtype}; a stack has up to 5 of uint8")
    return Placed(pixels, stack.west, stack.north, stack.gsd, stack.name)


def _write(path: Path, pixels: np.ndarray, patch: Patch) -> None:
    """@param pixels (bands, SIDE, SIDE) or (SIDE, SIDE)"""
    path.parent.mkdir(parents=True, exist_ok=True)
    tags = [
        (33550, "d", 3, (patch.gsd, patch.gsd, 0.0), True),
        (33922, "d", 6, (0.0, 0.0, 0.0, patch.west, patch.north, 0.0), True),
        *patch.told.keys,
    ]
    if pixels.ndim == 3:
        items = (f'<Item name="DESCRIPTION" sample="{n}" role="description">{b}</Item>' for n, b in enumerate(patch.names))
        tags.append((42112, "s", 0, f"<GDALMetadata>{''.join(items)}</GDALMetadata>", True))
    tifffile.imwrite(
        path,
        pixels,
        photometric="minisblack",
        planarconfig="separate" if pixels.ndim == 3 else None,
        compression="zlib",
        extratags=tags,
    )


@dataclass(frozen=True)
class Truth:
    """Labels as the file has them: a raster of classes or polygons with a class each."""

    path: Path
    epsg: int | None
    raster: Placed | None = None
    polygons: tuple[tuple[int, Rings], ...] = ()


def _truth(labels: Path, field: str) -> Truth:
    if labels.suffix.lower() in (".tif", ".tiff"):
        raster = placed(labels)
        if raster.pixels.ndim != 2 or raster.pixels.dtype != np.uint8:
            raise BadInput(f"{labels}: {raster.pixels.dtype} of shape {raster.pixels.shape}; classes are one band of uint8")
        return Truth(labels, header(labels).epsg, raster)
    polygons = tuple(read_polygons(labels, field))
    if not polygons:
        raise BadInput(f"{labels}: holds no polygon with a value in {field}")
    return Truth(labels, _epsg(labels), polygons=polygons)


def _mask_of(truth: Truth, stack: Placed, told: Header) -> np.ndarray:
    if None not in (truth.epsg, told.epsg) and truth.epsg != told.epsg:
        raise BadInput(f"{truth.path}: EPSG:{truth.epsg}, {stack.name} has EPSG:{told.epsg}; reproject the labels")
    if truth.raster is not None:
        return aligned(truth.raster, stack)
    return rasterise(truth.polygons, stack.pixels.shape[:2], stack.west, stack.north, stack.gsd)


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
            yield from _of_geojson(path, field)
        case _:
            raise BadInput(f"{path}: labels must be a GeoTIFF, a GeoPackage or a GeoJSON")


def _class(path: Path, field: str, value: object) -> int:
    try:
        number = int(str(value)) if not isinstance(value, float) else int(value)
    except (ValueError, OverflowError):
        number = -1
    if not 0 <= number <= 255 or (isinstance(value, float) and value != number):
        raise BadInput(
            f"{path}: {field} holds {value!r}; a class is a whole number from 1 to 255 (0: not known), "
            "--field names the column that has them"
        )
    return number


def _json(path: Path) -> dict[str, Any]:
    try:
        whole = json.loads(path.read_text())
        if isinstance(whole, dict) and isinstance(whole.get("features"), list):
            return whole
        reason = "no features"
    except ValueError as problem:
        reason = str(problem)
    raise BadInput(f"{path}: not a GeoJSON collection of features ({reason})")


def _of_geojson(path: Path, field: str) -> Iterator[tuple[int, Rings]]:
    for number, feature in enumerate(_json(path)["features"]):
        properties, geometry = feature.get("properties") or {}, feature.get("geometry")
        if field not in properties:
            raise BadInput(f"{path}: features have no {field}; they have {', '.join(properties)}")
        if geometry is None or properties[field] is None:
            continue
        if geometry.get("type") not in ("Polygon", "MultiPolygon"):
            raise BadInput(f"{path}: feature {number} is a {geometry.get('type')}; only polygons can be labels")
        try:
            parts = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
            rings = [[np.array(ring, float)[:, :2] for ring in part] for part in parts]
        except (KeyError, TypeError, ValueError, IndexError) as reason:
            raise BadInput(f"{path}: feature {number} has a broken geometry ({reason!r}); mend or remove it") from None
        for part in rings:
            yield _class(path, field, properties[field]), part


def _epsg(path: Path) -> int | None:
    """Of a file of polygons; None where it does not tell."""
    if path.suffix.lower() != ".gpkg":
        name = str(((_json(path).get("crs") or {}).get("properties") or {}).get("name", ""))
        found = re.search(r"EPSG:+(?:\d[\d.]*:)?(\d+)$", name)
        return int(found[1]) if found else None
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as db:
        (srs,) = db.execute("select srs_id from gpkg_geometry_columns").fetchone()
        if db.execute("select 1 from sqlite_master where name = 'gpkg_spatial_ref_sys'").fetchone():
            query = "select organization, organization_coordsys_id from gpkg_spatial_ref_sys where srs_id = ?"
            organization, srs = db.execute(query, (srs,)).fetchone() or ("", 0)
            return srs if organization.upper() == "EPSG" and srs > 0 else None
    return srs if srs > 0 else None


def _of_geopackage(path: Path, field: str) -> Iterator[tuple[int, Rings]]:
    try:
        db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        row = db.execute("select table_name, column_name from gpkg_geometry_columns").fetchone()
    except sqlite3.DatabaseError as reason:
        raise BadInput(f"{path}: not a GeoPackage ({reason})") from None
    with closing(db):
        if row is None:
            raise BadInput(f"{path}: no layer of features")
        table, geometry = row
        columns = [c[1] for c in db.execute(f'pragma table_info("{table}")')]
        if field not in columns:
            raise BadInput(f"{path}: layer {table} has no column {field}; it has {', '.join(columns)}")
        for value, blob in db.execute(f'select "{field}", "{geometry}" from "{table}"'):
            if value is None or blob is None:
                continue
            try:
                envelope = (0, 32, 48, 48, 64)[blob[3] >> 1 & 7]
                parts = _polygons(blob, 8 + envelope)[0]
            except (struct.error, IndexError, TypeError, ValueError) as reason:
                raise BadInput(f"{path}: layer {table} has a broken geometry ({reason}); mend or remove it") from None
            for rings in parts:
                yield _class(path, field, value), rings


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
    raise ValueError(f"geometry type {kind}: only polygons can be labels")
