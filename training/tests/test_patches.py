# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
import re
import sqlite3
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import classes, write_tiff

from survol_train.__main__ import main
from survol_train.dataset import Source, header, load
from survol_train.patches import export, rasterise
from survol_train.problems import BadInput

WEST, NORTH = 600_000.0, 6_300_000.8


def stack(path: Path, side: int = 1200, bands: int = 5, **more: Any) -> np.ndarray:
    pixels = np.random.default_rng(1).integers(1, 256, (bands, side, side), dtype=np.uint8)
    write_tiff(path, pixels, WEST, NORTH, **more)
    return pixels


def all_of(path: Path, value: int = 1, side: int = 1200, **more: Any) -> Path:
    """Labels of one class below the whole stack."""
    return write_tiff(path, np.full((side, side), value, np.uint8), WEST, NORTH, **more)


def content(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() if p.is_file() else b"" for p in sorted(folder.rglob("*"))}


def square(x0: float, y0: float, x1: float, y1: float) -> list[list[float]]:
    return [[x0, y0], [x1, y0], [x1, y1], [x0, y1], [x0, y0]]


Polygons = list[tuple[int, list[list[list[float]]]]]
WHOLE: Polygons = [(1, [square(WEST, NORTH - 240, WEST + 240, NORTH)])]


def geopackage(path: Path, polygons: Polygons, srs: int = 2154, cut: int = 0) -> Path:
    """@param cut bytes that each geometry lacks at its end"""
    with sqlite3.connect(path) as db:
        db.execute("create table gpkg_geometry_columns (table_name, column_name, geometry_type_name, srs_id, z, m)")
        db.execute("insert into gpkg_geometry_columns values ('land_cover', 'geom', 'POLYGON', ?, 0, 0)", (srs,))
        db.execute("create table land_cover (fid integer primary key, geom blob, class integer, code text)")
        for value, rings in polygons:
            body = b"GP\0\3" + struct.pack("<i4d", srs, 0, 0, 0, 0) + struct.pack("<BII", 1, 3, len(rings))
            for ring in rings:
                body += struct.pack("<I", len(ring)) + b"".join(struct.pack("<2d", *p) for p in ring)
            row = (body[: len(body) - cut], value)
            db.execute("insert into land_cover (geom, class, code) values (?, ?, 'CS1.1')", row)
    return path


def geojson(path: Path, value: object, crs: str | None = None, kind: str = "Polygon") -> Path:
    geometry = {"type": kind, "coordinates": WHOLE[0][1]}
    whole: dict[str, Any] = {"features": [{"properties": {"class": value}, "geometry": geometry}]}
    if crs:
        whole["crs"] = {"type": "name", "properties": {"name": crs}}
    return text(path, json.dumps(whole))


def text(path: Path, content: str) -> Path:
    path.write_text(content)
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
    labels = all_of(tmp_path / "classes.tif")
    once = export([tmp_path / "a.tif"], labels, tmp_path / "one", "D081_2022")
    twice = export([tmp_path / "a.tif", tmp_path / "b.tif"], labels, tmp_path / "two", "D081_2022")
    assert once == twice


def test_an_export_repeated_leaves_what_it_left_the_first_time(tmp_path: Path) -> None:
    stack(tmp_path / "stack.tif")
    labels = all_of(tmp_path / "classes.tif")
    export([tmp_path / "stack.tif"], labels, tmp_path / "set", "D081_2022")
    once = content(tmp_path / "set")
    export([tmp_path / "stack.tif"], labels, tmp_path / "set", "D081_2022")
    assert content(tmp_path / "set") == once


def test_an_export_replaces_its_own_zone_and_no_other(tmp_path: Path) -> None:
    stack(tmp_path / "stack.tif")
    counts = {}
    for zone, value in (("Z1_XX", 1), ("Z2_XX", 2), ("Z1_XX", 3)):
        labels = all_of(tmp_path / "classes.tif", value)
        counts[zone] = export([tmp_path / "stack.tif"], labels, tmp_path / "set", "D081_2022", zone)
    images = load(Source("flair", (tmp_path / "set",)), [2, 3])
    assert sorted(int(i.mask.max()) for i in images) == [2] * counts["Z2_XX"] + [3] * counts["Z1_XX"]
    names = {Path(i.name).stem for i in images}
    assert len(names) == len(images), "a number belongs to one patch"
    assert names == set(json.loads((tmp_path / "set" / "flair_aerial_metadata.json").read_text()))


def test_patches_that_no_export_wrote_are_not_touched(tmp_path: Path) -> None:
    stack(tmp_path / "stack.tif")
    ours = write_tiff(tmp_path / "set" / "D081_2022" / "Z1_XX" / "img" / "IMG_000007.tif", np.ones((5, 8, 8), np.uint8))
    before = content(tmp_path / "set")
    with pytest.raises(BadInput, match=r"IMG_000007\.tif: not written by an export; take another --zone"):
        export([tmp_path / "stack.tif"], all_of(tmp_path / "classes.tif"), tmp_path / "set", "D081_2022")
    assert ours.exists() and content(tmp_path / "set") == before


@pytest.mark.parametrize("names", [("RED", "GREEN", "BLUE"), ("NIR", "RED", "GREEN")])
@pytest.mark.parametrize("gsd", [0.2, 0.5])
def test_patches_keep_bands_ground_size_and_coordinate_system(tmp_path: Path, names: tuple[str, ...], gsd: float) -> None:
    pixels = stack(tmp_path / "stack.tif", bands=3, gsd=gsd, epsg=2154, names=names)
    export([tmp_path / "stack.tif"], all_of(tmp_path / "classes.tif", gsd=gsd), tmp_path / "set", "D081_2022")
    image, *_ = load(Source("flair", (tmp_path / "set",)), [1])
    assert (image.band_names, image.gsd_metres) == (names, gsd)
    entry = json.loads((tmp_path / "set" / "flair_aerial_metadata.json").read_text())[Path(image.name).stem]
    assert (entry["bands"], entry["gsd_metres"]) == (list(names), gsd)
    left, top = (round(entry[f"patch_centroid_{a}"] / gsd) for a in "xy")
    column, row = left - 256 - round(WEST / gsd), round(NORTH / gsd) - top - 256
    assert np.array_equal(image.bands, pixels[:, row : row + 512, column : column + 512])
    for path in (tmp_path / "set").rglob("*.tif"):
        assert header(path).epsg == 2154


def test_metadata_have_every_entry_that_the_published_loaders_read(tmp_path: Path) -> None:
    stack(tmp_path / "stack.tif")
    export([tmp_path / "stack.tif"], all_of(tmp_path / "classes.tif"), tmp_path / "set", "D081_2022")
    for entry in json.loads((tmp_path / "set" / "flair_aerial_metadata.json").read_text()).values():
        assert all(isinstance(entry[f"patch_centroid_{a}"], float) for a in "xyz")
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", entry["date"]) and re.fullmatch(r"\d\dh\d\d", entry["time"])
        assert {"domain", "zone", "camera"} <= set(entry)


def test_patches_tell_when_their_stack_was_pictured(tmp_path: Path) -> None:
    path = tmp_path / "stack.tif"
    stack(path, side=1024, gdal='<Item name="SURVOL_DATETIME">2022-07-31T11:21:00Z</Item>')
    labels = all_of(tmp_path / "classes.tif", side=1024)
    for date, expected in ((None, "2022-07-31"), ("2022-08-01", "2022-08-01")):
        export([path], labels, tmp_path / "set", "D081_2022", date=date)
        (entry, *_) = json.loads((tmp_path / "set" / "flair_aerial_metadata.json").read_text()).values()
        assert (entry["date"], entry["time"]) == (expected, "11h21")


def wrong_second_stack(folder: Path) -> list[Path]:
    (folder / "bad.tif").write_bytes(b"II*\0 no tiff")
    return [folder / "bad.tif"]


def second_stack_of_other_bands(folder: Path) -> list[Path]:
    stack(folder / "rgb.tif", bands=3)
    return [folder / "rgb.tif"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (lambda f: ["--labels", geopackage(f / "far.gpkg", [(1, [square(0, 0, 10, 10)])])], "no patch of 512 px is labelled"),
        (lambda f: ["--domain", "Tarn"], "D081_2022"),
        (lambda f: ["--zone", "../Z1"], "zone must be"),
        (wrong_second_stack, r"bad\.tif: cannot be read"),
        (second_stack_of_other_bands, r"rgb\.tif: bands RED, GREEN, BLUE, .*different sets"),
        (lambda f: ["--labels", all_of(f / "coarse.tif", gsd=1.0)], r"coarse\.tif: 1 m a pixel, .* has 0\.2"),
        (lambda f: ["--labels", all_of(f / "utm.tif", epsg=32631)], r"utm\.tif: EPSG:32631, .* EPSG:2154; reproject"),
        (lambda f: ["--labels", geopackage(f / "utm.gpkg", WHOLE, srs=32631)], r"utm\.gpkg: EPSG:32631"),
        (lambda f: ["--labels", geojson(f / "utm.json", 1, "urn:ogc:def:crs:EPSG::32631")], r"utm\.json: EPSG:32631"),
        (lambda f: ["--labels", geopackage(f / "p.gpkg", [(300, WHOLE[0][1])])], r"p\.gpkg: class holds 300; .*1 to 255"),
        (lambda f: ["--labels", geopackage(f / "p.gpkg", WHOLE), "--field", "code"], r"p\.gpkg: code holds 'CS1\.1'"),
        (lambda f: ["--labels", geopackage(f / "p.gpkg", WHOLE), "--field", "name"], "no column name; it has fid, geom"),
        (lambda f: ["--labels", geopackage(f / "p.gpkg", WHOLE, cut=30)], "broken geometry"),
        (lambda f: ["--labels", geojson(f / "p.json", "CS1.1")], r"p\.json: class holds 'CS1.1'"),
        (lambda f: ["--labels", geojson(f / "p.json", 2.5)], r"p\.json: class holds 2\.5"),
        (lambda f: ["--labels", geojson(f / "p.json", 1, kind="Point")], "feature 0 is a Point"),
        (lambda f: ["--labels", text(f / "p.json", "{")], r"p\.json: not a GeoJSON"),
        (lambda f: ["--labels", text(f / "p.gpkg", "not a database" * 90)], r"p\.gpkg: not a GeoPackage"),
        (lambda f: ["--labels", f / "absent.gpkg"], r"absent\.gpkg: no such file"),
        (lambda f: ["--labels", f / "absent.tif"], r"absent\.tif: no such file"),
    ],
)
def test_refuses_what_it_cannot_use_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: Callable[[Path], list[Any]], message: str
) -> None:
    out = tmp_path / "deep" / "set"
    assert export_by_command(tmp_path, out, arguments) == 2
    assert re.search(message, capsys.readouterr().err)
    assert not out.parent.exists()


def export_by_command(folder: Path, out: Path, more: Callable[[Path], list[Any]] = lambda _: []) -> int:
    stack(folder / "stack.tif", side=1024, epsg=2154)
    labels = all_of(folder / "classes.tif", side=1024)
    words = ["dataset", "export", "--labels", labels, "--domain", "D081_2022", "-o", out, folder / "stack.tif"]
    return main([str(w) for w in (*words, *more(folder))])


@pytest.mark.parametrize("second", [wrong_second_stack, second_stack_of_other_bands])
def test_a_failed_export_leaves_the_one_before(tmp_path: Path, second: Callable[[Path], list[Path]]) -> None:
    out = tmp_path / "set"
    assert export_by_command(tmp_path, out) == 0
    there = content(out)
    assert export_by_command(tmp_path, out, second) == 2
    assert content(out) == there


@pytest.mark.torch
@pytest.mark.filterwarnings("ignore")
def test_an_export_of_three_bands_trains_for_an_epoch(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("torch")
    stack(tmp_path / "stack.tif", side=1024, bands=3, gsd=0.5)
    half = WEST + 256
    labels = geopackage(
        tmp_path / "product.gpkg",
        [(1, [square(WEST, NORTH - 512, half, NORTH)]), (2, [square(half, NORTH - 512, WEST + 512, NORTH)])],
    )
    patches = export([tmp_path / "stack.tif"], labels, tmp_path / "own", "D081_2022")
    (tmp_path / "classes.json").write_text(json.dumps(classes([1, 2])))
    recipe = text(
        tmp_path / "own.toml",
        'name = "own"\nbands = ["RED", "GREEN", "BLUE"]\ngsd_metres = 0.5\nnomenclature = "classes.json"\n'
        '[training]\nbatch = 8\ncrop = 64\n[[train]]\nkind = "flair"\npaths = ["own"]\ndomains = ["D081_2022"]\n',
    )
    assert main(["train", str(recipe), "--run", str(tmp_path / "run"), "--epochs", "1", "--threads", "1"]) == 0
    assert f"{patches * 512 * 512 // (8 * 64 * 64)} steps" in capsys.readouterr().out
