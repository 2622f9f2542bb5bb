# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from conftest import mosaic, write_tiff

from survol_train.dataset import Image, Source, at_gsd, load, resized
from survol_train.problems import BadInput


def source(kind: str, path: Path, **more: object) -> Source:
    values = more.pop("values", None)
    return Source(kind, (path,), values=values, options=more)  # type: ignore[arg-type]


def patch(height: int = 32, width: int = 32, bands: int = 5, value: int = 1) -> tuple[np.ndarray, np.ndarray]:
    return np.full((bands, height, width), 7, np.uint8), np.full((height, width), value, np.uint8)


def test_reads_the_flair_layout_and_splits_by_domain(tmp_path: Path) -> None:
    for domain, number in (("D001_2019", 1), ("D004_2021", 2), ("D012_2019", 3)):
        bands, mask = patch()
        zone = tmp_path / domain / "Z1_UU"
        write_tiff(zone / "img" / f"IMG_{number:06}.tif", bands)
        write_tiff(zone / "msk" / f"MSK_{number:06}.tif", mask)
    for split, number in (("train", 1), ("validation", 2), ("test", 3)):
        (image,) = load(source("flair", tmp_path, split=split), [1, 2])
        assert f"IMG_{number:06}" in image.name
        assert image.bands.shape == (5, 32, 32)
    assert len(load(source("flair", tmp_path), [1, 2])) == 3


def test_reads_the_flair_hub_layout_with_elevation_and_shifted_classes(tmp_path: Path) -> None:
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
    assert np.all(image.mask == 1), "the set's class 0 is ours 1"


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
    bands, mask = patch()
    write_tiff(tmp_path / "D001_2019" / "Z1_UU" / "img" / "IMG_000001.tif", bands)
    write_tiff(tmp_path / "D001_2019" / "Z1_UU" / "msk" / "MSK_000001.tif", mask)
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
