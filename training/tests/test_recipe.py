# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from conftest import classes, mosaic, write_tiff

from survol_train import dataset
from survol_train import recipe as recipes
from survol_train.__main__ import main
from survol_train.crops import Crops
from survol_train.problems import BadInput

RECIPES = Path(__file__).resolve().parents[1] / "recipes"


def write_recipe(folder: Path, more: str = "", side: int = 0) -> Path:
    """@param side of the three images, pixels; 0: 96 x 80"""
    (folder / "classes.json").write_text(json.dumps(classes([1, 2, 5])))
    for n in range(3):
        bands, mask = mosaic(n, side, side) if side else mosaic(n)
        write_tiff(folder / "set" / "images" / f"{n}.tif", bands)
        write_tiff(folder / "set" / "masks" / f"{n}.tif", mask)
    path = folder / "recipe.toml"
    path.write_text(
        'name = "tiny"\nbands = ["RED", "GREEN", "BLUE"]\nnomenclature = "classes.json"\n'
        "[training]\nsteps = 20\nbatch = 2\ncrop = 64\n"
        '[[train]]\nkind = "folder"\npaths = ["set"]\n' + more
    )
    return path


@pytest.mark.parametrize("path", sorted(RECIPES.glob("*.toml")), ids=lambda p: p.stem)
def test_the_committed_recipes_are_sound(path: Path) -> None:
    recipe = recipes.read(path)
    assert recipe.values
    assert set(recipe.sources) == set(recipes.SPLITS)
    assert len(recipe.mean) == len(recipe.std) == len(recipe.bands)


def test_a_batch_depends_on_seed_and_number_alone(tmp_path: Path) -> None:
    recipe = recipes.read(write_recipe(tmp_path))
    images = recipe.images("train")
    crops, again = (Crops(images, recipe, recipe.course) for _ in range(2))
    again.batch(0)
    for ours, theirs in zip(crops.batch(3), again.batch(3), strict=True):
        assert np.array_equal(ours, theirs)
    assert not np.array_equal(crops.batch(3)[0], crops.batch(4)[0])
    bands, truth = crops.batch(7)
    assert bands.shape == (2, 3, 64, 64)
    assert bands.min() >= 0 and bands.max() <= 255
    assert set(np.unique(truth)) <= {-1, 0, 1, 2}


def test_images_read_when_needed_give_the_crops_that_images_in_memory_give(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_recipe(tmp_path, side=480)
    recipe = recipes.read(path)
    monkeypatch.setattr(dataset, "PIXELS", dataset.Kept(0))
    stored = recipe.images("train")
    assert all(isinstance(i, dataset.Stored) for i, _ in stored)
    whole = [(dataset.Image(i.name, i.bands, i.mask, i.band_names, i.gsd_metres), w) for i, w in stored]
    ours, theirs = (Crops(images, recipe, recipe.course) for images in (stored, whole))
    for number in (0, 1, 30):
        for a, b in zip(ours.batch(number), theirs.batch(number), strict=True):
            assert np.array_equal(a, b)


def test_rare_places_are_chosen_by_the_seed_image_after_image(tmp_path: Path) -> None:
    """Runs begun with earlier versions went by this order; another one would give a resumed run other crops."""
    recipe = recipes.read(write_recipe(tmp_path, side=480))
    images = recipe.images("train")
    crops = Crops(images, recipe, recipe.course)
    random = np.random.default_rng(recipe.course.seed)
    many = 0
    for number, (image, _) in enumerate(images):
        thin = image.mask[::4, ::4]
        for value in np.unique(thin[thin > 0]).tolist():
            expected = np.argwhere(thin == value) * 4
            if len(expected) > 4096:
                many += 1
                expected = expected[random.choice(len(expected), 4096, replace=False)]
            assert np.array_equal(crops._places(number, value), expected)
    assert many, "the rule that leaves places out is used"


@pytest.mark.parametrize("epochs", [0.1, 1, 2.5])
def test_an_epoch_is_as_many_crops_as_fill_the_images(epochs: float) -> None:
    course = recipes.Course(batch=2, crop=64)
    pixels, a_step = 100_000, 2 * 64 * 64
    assert epochs * pixels <= course.steps_for(epochs, pixels) * a_step < epochs * pixels + a_step


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("[augmentation]\nnoize = 1", "no such setting: noize"),
        ('[[test]]\nkind = "folder"', "needs kind and paths"),
        ('[[test]]\nkind = "folder"\npaths = ["absent*"]', "nothing at"),
        ('[[test]]\nkind = "lidar"\npaths = ["set"]', "no such kind of data set: lidar"),
        ('[[test]]\nkind = "folder"\npaths = ["set"]\nmap = { 1 = 77 }', "class 77, which the model does not have"),
        ('[[test]]\nkind = "folder"\npaths = ["set"]\nmap = { 300 = 1 }', "mask value 300 in map"),
        ('[[test]]\nkind = "folder"\npaths = ["set"]\nmap = { 1 = "one" }', "map or weight of other than numbers"),
        ('[[test]]\nkind = "folder"\npaths = ["set"]\nweight = "much"', "map or weight of other than numbers"),
        ('[[test]]\nkind = "folder"\npaths = ["set"]\nweight = 0', "weight must be above 0"),
        ('[[test]]\nkind = "folder"\npaths = "set"', r'paths must be a list, for example \["set"\]'),
        ('[[test]]\nkind = "folder"\npaths = ["set"]\ngsd_metres = "fine"', "gsd_metres must be a number above 0"),
        ('[[test]]\nkind = "flair"\npaths = ["set"]\nspilt = "train"', "kind flair has no option spilt; known are domains, masks"),
        ('[[test]]\nkind = "flair"\npaths = ["set"]\ndomains = "D012_2019"', "domains must be a list"),
        ('[[test]]\nkind = "flair"\npaths = ["set"]\nsplit = "tests"', "split must be train, validation, test or all"),
        ("= 3", "not TOML"),
    ],
)
def test_refuses_a_wrong_recipe(tmp_path: Path, more: str, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        recipes.read(write_recipe(tmp_path, more)).images("test")


def test_refuses_a_network_that_it_does_not_know(tmp_path: Path) -> None:
    path = write_recipe(tmp_path)
    path.write_text('network = "mega-unet"\n' + path.read_text())
    with pytest.raises(BadInput, match="no such network: mega-unet; known are small-unet, lite-unet"):
        recipes.read(path)


def test_a_problem_ends_the_command_with_its_message(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dataset", "show", str(tmp_path / "absent.toml")]) == 2
    assert "absent.toml: no such recipe" in capsys.readouterr().err


def test_shows_what_a_recipe_holds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dataset", "show", str(write_recipe(tmp_path))]) == 0
    out = capsys.readouterr().out
    assert "train: 3 images" in out
    assert "building" in out


BAD_SETS = {
    "class": lambda mask: mask + np.uint8(1),
    "size": lambda mask: mask[1:],
    "unlabelled": lambda mask: mask * np.uint8(0),
}


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("class", r"0\.tif: its mask holds class 3, 6, .*map it to 0 to leave it out"),
        ("size", r"0\.tif: the image has 80 x 96 pixels, its mask 80 x 95"),
        ("unlabelled", "not one labelled pixel"),
        ("empty", "no image of kind flair in it, or none in this split"),
    ],
)
def test_bad_data_end_a_command_with_nothing_written(
    tmp_path: Path, model: Path, what: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    kind = "flair" if what == "empty" else "folder"
    path = write_recipe(tmp_path, f'[[test]]\nkind = "{kind}"\npaths = ["bad"]\n')
    (tmp_path / "bad").mkdir()
    if what != "empty":
        bands, mask = mosaic(0)
        write_tiff(tmp_path / "bad" / "images" / "0.tif", bands)
        write_tiff(tmp_path / "bad" / "masks" / "0.tif", BAD_SETS[what](mask))
    before, out = model.read_bytes(), tmp_path / "report"
    assert main(["evaluate", str(model), str(path), "-o", str(out), "--write-card"]) == 2
    assert re.search(message, capsys.readouterr().err)
    assert not out.exists() and model.read_bytes() == before
    assert main(["dataset", "show", str(path)]) == 2
