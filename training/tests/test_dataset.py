# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
import tracemalloc
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from conftest import mosaic, write_tiff
from test_recipe import write_recipe

from survol_train import dataset
from survol_train.dataset import FLAIR_TEST, FLAIR_TRAIN, FLAIR_VALIDATION, Image, Source, at_gsd, load, resized
from survol_train.problems import BadInput
from survol_train.recipe import read


def source(kind: str, path: Path, **more: object) -> Source:
    values = more.pop("values", None)
    return Source(kind, (path,), values=values, options=more)  # type: ignore[arg-type]


def patch(height: int = 32, width: int = 32, bands: int = 5, value: int = 1) -> tuple[np.ndarray, np.ndarray]:
    return np.full((bands, height, width), 7, np.uint8), np.full((height, width), value, np.uint8)


def flair_patch(images: Path, masks: Path, domain: str, number: int, count: int = 5, gsd: float = 0.2) -> None:
    bands, mask = patch(bands=count)
    write_tiff(images / domain / "Z1_UU" / "img" / f"IMG_{number:06}.tif", bands, gsd=gsd)
    write_tiff(masks / domain / "Z1_UU" / "msk" / f"MSK_{number:06}.tif", mask, gsd=gsd)


def test_reads_the_flair_layout_and_splits_by_domain(tmp_path: Path) -> None:
    for domain, number in (("D006_2020", 1), ("D004_2021", 2), ("D012_2019", 3)):
        flair_patch(tmp_path, tmp_path, domain, number)
    for split, number in (("train", 1), ("validation", 2), ("test", 3)):
        (image,) = load(source("flair", tmp_path, split=split), [1, 2])
        assert f"IMG_{number:06}" in image.name
        assert image.bands.shape == (5, 32, 32)
    assert len(load(source("flair", tmp_path), [1, 2])) == 3


@pytest.mark.parametrize("split", ["train", "validation", "test"])
@pytest.mark.parametrize("domain", ["D061_2020", "D081_2022"])
def test_a_split_refuses_a_domain_that_flair_1_did_not_split(tmp_path: Path, split: str, domain: str) -> None:
    flair_patch(tmp_path, tmp_path, domain, 1)
    with pytest.raises(BadInput, match=rf"IMG_000001\.tif: {domain} is in no split of FLAIR#1; name domains"):
        load(source("flair", tmp_path, split=split), [1])
    assert len(load(source("flair", tmp_path, domains=[domain]), [1])) == 1
    assert len(load(source("flair", tmp_path), [1])) == 1


def test_the_splits_of_flair_1_share_no_domain() -> None:
    splits = [set(FLAIR_TRAIN), set(FLAIR_VALIDATION), set(FLAIR_TEST)]
    assert [len(s) for s in splits] == [32, 8, 10]
    assert len(set.union(*splits)) == 50


@pytest.mark.parametrize("paths", ["flair_1_aerial_test", "flair_1_aerial_test/D012_2019", "flair_1_aerial_test/*"])
def test_masks_in_a_tree_of_their_own_begin_where_the_images_do(
    tmp_path: Path, paths: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, elsewhere = tmp_path / "data", tmp_path / "elsewhere"
    flair_patch(data / "flair_1_aerial_test", data / "flair_1_labels_test", "D012_2019", 1)
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    more = f'[[test]]\nkind = "flair"\npaths = ["{paths}"]\nmasks = "flair_1_labels_test"\n'
    recipe = read(write_recipe(tmp_path, more), data)
    ((image, _),) = recipe.images("test")
    assert (image.mask == 1).all()


def test_a_mask_that_is_nowhere_is_named(tmp_path: Path) -> None:
    flair_patch(tmp_path / "img", tmp_path / "msk", "D012_2019", 1)
    with pytest.raises(BadInput, match=r"IMG_000001\.tif: no mask .*MSK_000001\.tif; the option masks"):
        load(source("flair", tmp_path / "img"), [1])


@pytest.mark.parametrize(
    ("count", "names"), [(3, "RED GREEN BLUE"), (4, "RED GREEN BLUE NIR"), (5, "RED GREEN BLUE NIR ELEVATION")]
)
@pytest.mark.parametrize("gsd", [0.2, 0.5])
def test_a_patch_tells_its_bands_and_ground_size(tmp_path: Path, count: int, names: str, gsd: float) -> None:
    flair_patch(tmp_path, tmp_path, "D012_2019", 1, count, gsd)
    (image,) = load(source("flair", tmp_path), [1])
    assert image.band_names == tuple(names.split())
    assert image.gsd_metres == gsd


def test_reads_the_flair_hub_layout_with_elevation(tmp_path: Path) -> None:
    bands, mask = patch(bands=4, value=0)
    name = "D012-2019_{}_AF-S1-27_5-10.tif"
    for kind, pixels in (
        ("AERIAL_RGBI", bands),
        ("LABEL-COSIA", mask),
        ("DEM_ELEV", np.stack([np.full((32, 32), 112.0), np.full((32, 32), 110.0)]).astype(np.float32)),
    ):
        write_tiff(tmp_path / f"D012-2019_{kind}" / "AF-S1-27" / name.format(kind), pixels)
    (image,) = load(source("flair-hub", tmp_path, split="test"), [1])
    assert image.band_names[-1] == "ELEVATION"
    assert np.all(image.bands[4] == 10), "2 m in steps of 0.2 m"
    assert np.all(image.mask == 1)


HUB_CLASSES = (
    "building greenhouse swimming-pool impervious pervious bare-soil water snow herbaceous agricultural plowed vineyard "
    "deciduous coniferous brushwood clear-cut ligneous mixed other"
).split()


def test_every_class_of_flair_hub_becomes_the_one_of_that_name(tmp_path: Path) -> None:
    nomenclature = json.loads((Path(__file__).parents[1] / "nomenclatures" / "flair.json").read_text())
    code = {c["value"]: c["code"] for c in nomenclature["classes"]}
    assert sorted(code.values()) == sorted(HUB_CLASSES)
    mask = np.arange(20, dtype=np.uint8).reshape(4, 5)
    mask[3, 4] = 255
    for kind, pixels in (("AERIAL_RGBI", patch(4, 5, 4)[0]), ("LABEL-COSIA", mask)):
        write_tiff(tmp_path / f"D012-2019_{kind}" / "AF-S1-27" / f"D012-2019_{kind}_AF-S1-27_5-10.tif", pixels)
    (image,) = load(source("flair-hub", tmp_path), list(code))
    assert [code[v] for v in image.mask.ravel()[:19].tolist()] == HUB_CLASSES
    assert image.mask[3, 4] == 0, "not known"


@pytest.mark.parametrize(
    ("item", "message"),
    [
        (None, "no item.json in it"),
        ("{", "not a scene's item"),
        ("[]", "not a scene's item"),
        ('{"assets": {"a": {"survol:role": "RGB", "href": "a.tif"}}}', "no image of role IRC, DSM, DTM"),
    ],
)
def test_refuses_a_folder_that_is_no_scene(tmp_path: Path, item: str | None, message: str) -> None:
    if item is not None:
        (tmp_path / "item.json").write_text(item)
    with pytest.raises(BadInput, match=f"{message}.*survol scene"):
        load(source("scene", tmp_path), [1])


def test_reads_the_images_of_a_dubai_tile_with_their_masks(tmp_path: Path) -> None:
    for folder in ("tile3/images", "masks_index"):
        (tmp_path / folder).mkdir(parents=True)
    for part, value in ((1, 2), (9, 5)):
        imagecodecs.imwrite(tmp_path / f"tile3/images/image_part_{part:03}.jpg", np.full((16, 24, 3), 90, np.uint8))
        mask = np.full((16, 24), value, np.uint8)
        imagecodecs.imwrite(tmp_path / f"masks_index/Tile3_image_part_{part:03}.png", mask)
    one, nine = load(source("dubai", tmp_path / "tile3"), [1, 2, 5])
    assert (one.name, nine.name) == ("tile3/image_part_001.jpg", "tile3/image_part_009.jpg")
    assert one.bands.shape == (3, 16, 24) and one.gsd_metres is None
    assert (one.mask == 2).all() and (nine.mask == 5).all()


def test_refuses_an_image_with_fewer_bands_than_names(tmp_path: Path) -> None:
    for folder in ("images", "masks"):
        (tmp_path / folder).mkdir()
        imagecodecs.imwrite(tmp_path / folder / "a.png", np.ones((16, 24), np.uint8))
    with pytest.raises(BadInput, match=r"a\.png: 1 bands, but 3 band names"):
        load(source("folder", tmp_path), [1])


def test_reads_folders_of_images_and_masks(tmp_path: Path) -> None:
    bands, mask = mosaic(1)
    write_tiff(tmp_path / "images" / "a.tif", bands)
    write_tiff(tmp_path / "masks" / "a.tif", mask)
    (image,) = load(source("folder", tmp_path, gsd_metres=0.5), [1, 2, 5])
    assert np.array_equal(image.bands, bands)
    assert image.gsd_metres == 0.5


def test_maps_values_and_leaves_out_what_maps_to_nothing(tmp_path: Path) -> None:
    bands, mask = mosaic(1)
    write_tiff(tmp_path / "images" / "a.tif", bands)
    write_tiff(tmp_path / "masks" / "a.tif", mask)
    (image,) = load(source("folder", tmp_path, values={1: 9, 2: 0, 5: 9}), [9])
    assert set(np.unique(image.mask)) == {0, 9}
    assert np.array_equal(image.mask == 0, mask == 2)


def test_refuses_a_class_outside_the_list(tmp_path: Path) -> None:
    bands, mask = mosaic(1)
    write_tiff(tmp_path / "images" / "a.tif", bands)
    write_tiff(tmp_path / "masks" / "a.tif", mask)
    with pytest.raises(BadInput, match=r"a\.tif.*class 5.*map it to 0"):
        load(source("folder", tmp_path), [1, 2])


def test_refuses_image_and_mask_of_different_size(tmp_path: Path) -> None:
    write_tiff(tmp_path / "images" / "a.tif", patch(32, 32, 3)[0])
    write_tiff(tmp_path / "masks" / "a.tif", patch(32, 30)[1])
    with pytest.raises(BadInput, match=r"a\.tif.*32 x 32 pixels, its mask 30 x 32"):
        load(source("folder", tmp_path), [1])


def test_refuses_an_empty_split(tmp_path: Path) -> None:
    flair_patch(tmp_path, tmp_path, "D006_2020", 1)
    with pytest.raises(BadInput, match="none in this split"):
        load(source("flair", tmp_path, split="test"), [1])


def test_refuses_masks_without_one_label(tmp_path: Path) -> None:
    write_tiff(tmp_path / "images" / "a.tif", patch(bands=3)[0])
    write_tiff(tmp_path / "masks" / "a.tif", patch(value=0)[1])
    with pytest.raises(BadInput, match="not one labelled pixel"):
        load(source("folder", tmp_path), [1])


@pytest.mark.parametrize("content", [b"", b"II*\0not a tiff at all", b"\xff\xd8\xff\xe0 broken"])
def test_refuses_an_unreadable_image_and_names_it(tmp_path: Path, content: bytes) -> None:
    write_tiff(tmp_path / "masks" / "a.tif", patch()[1])
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "a.tif").write_bytes(content)
    with pytest.raises(BadInput, match=r"images/a\.tif: cannot be read"):
        load(source("folder", tmp_path), [1])


def test_refuses_an_image_that_was_cut_off(tmp_path: Path) -> None:
    image = write_tiff(tmp_path / "images" / "a.tif", patch(bands=3)[0])
    write_tiff(tmp_path / "masks" / "a.tif", patch()[1])
    image.write_bytes(image.read_bytes()[:-100])
    with pytest.raises(BadInput, match=r"images/a\.tif: cannot be read.*bytes of at least"):
        load(source("folder", tmp_path), [1])


def test_a_set_takes_no_more_memory_than_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, limit = 6 * 256 * 256, 1_000_000
    for n in range(32):
        bands, mask = patch(256, 256)
        write_tiff(tmp_path / "D006_2020" / "Z1_UU" / "img" / f"IMG_{n:06}.tif", bands)
        write_tiff(tmp_path / "D006_2020" / "Z1_UU" / "msk" / f"MSK_{n:06}.tif", mask)
    monkeypatch.setattr(dataset, "PIXELS", dataset.Kept(limit))
    load(source("flair", tmp_path), [1])[0].select(["RED"])  # what is imported and opened once
    tracemalloc.start()
    images = load(source("flair", tmp_path, values={1: 2}), [2])
    coarse = [at_gsd(i, 0.4) for i in images]
    assert all(isinstance(i, dataset.Stored) for i in coarse)
    for image in (*images, coarse[0]):
        assert image.select(["RED", "NIR"]).shape[1:] == image.mask.shape == image.shape
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < len(images) * one / 2


def test_what_is_kept_is_what_was_used_last() -> None:
    kept, made = dataset.Kept(30), []

    def get(key: str, size: int = 10) -> None:
        def make() -> np.ndarray:
            made.append(key)
            return np.zeros(size, np.uint8)

        assert kept.get(key, make).nbytes == size

    for key in "abcada":
        get(key)
    assert "".join(made) == "abcd"
    get("b")
    assert made[-1] == "b", "left out for d"
    get("large", 31)
    for key in "bda":
        get(key)
    assert "".join(made[5:]) == "large"


def test_refuses_a_missing_band() -> None:
    bands, mask = mosaic(1)
    image = Image("x", bands, mask, ("RED", "GREEN", "BLUE"))
    with pytest.raises(BadInput, match="x has no band NIR"):
        image.select(["RED", "NIR"])


@pytest.mark.parametrize("shape", [(40, 37), (96, 80), (13, 200), (200, 9)])
def test_resampling_keeps_a_ramp_a_ramp(shape: tuple[int, int]) -> None:
    height, width = 96, 80
    rows = (np.arange(height)[:, None] + 0.5) / height + np.zeros(width)
    columns = (np.arange(width) + 0.5) / width + np.zeros((height, 1))
    out = resized(np.stack([rows, columns]).astype(np.float32), shape)
    expected = (np.arange(shape[0])[:, None] + 0.5) / shape[0] + np.zeros(shape[1])
    inner = np.s_[2:-2, 2:-2]
    assert out.shape == (2, *shape)
    # within a pixel of the coarser of both
    assert np.abs(out[0] - expected)[inner].max() < 1 / min(height, shape[0])


def test_another_ground_size_keeps_bands_and_mask_together() -> None:
    bands, mask = mosaic(3)
    coarse = at_gsd(Image("x", bands, mask, ("RED", "GREEN", "BLUE"), 0.2), 0.4)
    assert coarse.mask.shape == (48, 40)
    assert coarse.gsd_metres == 0.4
    assert np.array_equal(np.kron(coarse.mask, np.ones((2, 2), np.uint8)), mask), "blocks are 16 px: nothing moves"
    red = bands[0].reshape(48, 2, 40, 2).mean((1, 3))
    assert np.abs(coarse.bands[0] - red).max() <= 1
