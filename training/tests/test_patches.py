# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
import sqlite3
import struct
from pathlib import Path

import numpy as np
import pytest
from conftest import write_tiff

from survol_train.dataset import Source, load
from survol_train.patches import export, rasterise, read_polygons
from survol_train.problems import BadInput

WEST, NORTH = 600_000.0, 6_300_000.8


def stack(path: Path, side: int = 1200) -> np.ndarray:
    pixels = np.random.default_rng(1).integers(1, 256, (5, side, side), dtype=np.uint8)
    write_tiff(path, pixels, WEST, NORTH)
    return pixels


def square(x0: float, y0: float, x1: float, y1: float) -> list[list[float]]:
    return [[x0, y0], [x1, y0], [x1, y1], [x0, y1], [x0, y0]]


def geopackage(path: Path, polygons: list[tuple[int, list[list[list[float]]]]]) -> Path:
    with sqlite3.connect(path) as db:
        db.execute("create table gpkg_geometry_columns (table_name, column_name, geometry_type_name, srs_id, z, m)")
        db.execute("insert into gpkg_geometry_columns values ('land_cover', 'geom', 'POLYGON', 2154, 0, 0)")
        db.execute("create table land_cover (fid integer primary key, geom blob, class integer)")
        for value, rings in polygons:
            body = b"GP\0\3" + struct.pack("<i4d", 2154, 0, 0, 0, 0) + struct.pack("<BII", 1, 3, len(rings))
            for ring in rings:
                body += struct.pack("<I", len(ring)) + b"".join(struct.pack("<2d", *p) for p in ring)
            db.execute("insert into land_cover (geom, class) values (?, ?)", (body, value))
    return path


def test_paints_what_a_point_in_polygon_test_says() -> None:
    random = np.random.default_rng(2)
    angle = np.sort(random.uniform(0, 2 * np.pi, 17))
    radius = random.uniform(4, 19, 17)
    ring = np.stack([20 + radius * np.cos(angle), 20 + radius * np.sin(angle)], 1)
    ring = np.concatenate([ring, ring[:1]])
    hole = np.array(square(18.2, 18.2, 21.9, 20.3))
    painted = rasterise([(3, [ring, hole])], (40, 40), 0, 40, 1)
    for row in range(40):
        for column in range(40):
            x, y = column + 0.5, 40 - row - 0.5
            inside = sum(
                (a[1] <= y) != (b[1] <= y) and x > a[0] + (y - a[1]) / (b[1] - a[1]) * (b[0] - a[0])
                for r in (ring, hole)
                for a, b in zip(r, r[1:], strict=False)
            )
            assert painted[row, column] == (3 if inside % 2 else 0), (row, column)


def test_neighbours_leave_no_gap_and_no_overlap() -> None:
    side = 7.3
    cells = [
        (1 + (i + j) % 3, [np.array(square(side * i, side * j, side * (i + 1), side * (j + 1)))])
        for i in range(8)
        for j in range(8)
    ]
    whole = np.zeros((50, 50), int)
    for cell in cells:
        whole += rasterise([cell], (50, 50), 0, 50, 1) > 0
    assert np.all(whole == 1)


def test_a_product_becomes_patches_that_the_flair_reader_reads(tmp_path: Path) -> None:
    pixels = stack(tmp_path / "stack.tif")
    half = WEST + 120
    labels = geopackage(
        tmp_path / "product.gpkg",
        [(1, [square(WEST, NORTH - 240, half, NORTH)]), (5, [square(half, NORTH - 240, WEST + 240, NORTH)])],
    )
    count = export([tmp_path / "stack.tif"], labels, tmp_path / "set", "D081_2022", date="2022-07-31")
    assert count >= 1
    images = load(Source("flair", (tmp_path / "set",)), [1, 5])
    assert len(images) == count
    metadata = json.loads((tmp_path / "set" / "flair_aerial_metadata.json").read_text())
    assert set(metadata) == {Path(i.name).stem for i in images}
    for image in images:
        entry = metadata[Path(image.name).stem]
        assert image.bands.shape == (5, 512, 512)
        left = round((entry["patch_centroid_x"] - 51.2 - WEST) / 0.2)
        top = round((NORTH - entry["patch_centroid_y"] - 51.2) / 0.2)
        assert np.array_equal(image.bands, pixels[:, top : top + 512, left : left + 512])
        edge = int(np.clip(600 - left, 0, 512))
        assert np.all(image.mask[:, :edge] == 1)
        assert np.all(image.mask[:, edge:] == 5)
        assert entry["date"] == "2022-07-31"


def test_overlapping_stacks_give_each_patch_once(tmp_path: Path) -> None:
    for name in ("a.tif", "b.tif"):
        stack(tmp_path / name)
    labels = write_tiff(tmp_path / "classes.tif", np.full((1200, 1200), 1, np.uint8), WEST, NORTH)
    once = export([tmp_path / "a.tif"], labels, tmp_path / "one", "D081_2022")
    twice = export([tmp_path / "a.tif", tmp_path / "b.tif"], labels, tmp_path / "two", "D081_2022")
    assert once == twice


def test_refuses_what_it_cannot_use(tmp_path: Path) -> None:
    stack(tmp_path / "stack.tif")
    labels = geopackage(tmp_path / "far.gpkg", [(1, [square(0, 0, 10, 10)])])
    with pytest.raises(BadInput, match="no patch of 512 px is labelled"):
        export([tmp_path / "stack.tif"], labels, tmp_path / "set", "D081_2022")
    with pytest.raises(BadInput, match="D081_2022"):
        export([tmp_path / "stack.tif"], labels, tmp_path / "set", "Tarn")
    with pytest.raises(BadInput, match="no column code; it has fid, geom, class"):
        list(read_polygons(labels, "code"))
    (tmp_path / "broken.gpkg").write_bytes(b"not a database, but longer than a header" * 30)
    with pytest.raises(BadInput, match="not a GeoPackage"):
        list(read_polygons(tmp_path / "broken.gpkg", "class"))
