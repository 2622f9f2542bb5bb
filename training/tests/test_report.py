# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import io
import json
from html.parser import HTMLParser
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from conftest import mosaic
from test_recipe import write_recipe

from survol_train.__main__ import main
from survol_train.calibrate import calibrate
from survol_train.dataset import Image
from survol_train.report import _hectares, figures, png, write
from survol_train.score import Model, evaluate


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [v or "" for k, v in attributes if k in ("src", "href")]


def read(folder: Path) -> tuple[str, _Page]:
    text = (folder / "accuracy.html").read_text()
    page = _Page()
    page.feed(text)
    return text, page


def test_the_page_needs_nothing_beside_it_and_agrees_with_the_json(model: Path, tmp_path: Path) -> None:
    scorer = Model(model)
    image = Image("large", *mosaic(3, 512, 512), band_names=("RED", "GREEN", "BLUE"))
    found = write(scorer, evaluate(scorer, [image]), tmp_path / "report", "four <mosaics>")
    text, page = read(tmp_path / "report")
    assert page.tags.count("figure") == 4, "a patch a quarter"
    assert len(page.addresses) == 12, "image, truth and map of each"
    assert all(a.startswith("data:image/png;base64,") for a in page.addresses)
    assert "script" not in page.tags
    assert "four &lt;mosaics&gt;" in text
    assert f"{found['overallAccuracy']:.1%}" in text
    assert f"{found['meanIou']:.3f}" in text
    assert "This model is not calibrated" in text
    assert json.loads((tmp_path / "report" / "accuracy.json").read_text()) == found
    assert sum(map(sum, found["confusion"])) == found["pixels"]


def test_areas_add_up_to_the_ground_measured(model: Path, images: list[Image]) -> None:
    scorer = Model(model)
    found = figures(scorer, evaluate(scorer, images), "x")
    hectares = found["pixels"] * 0.2**2 / 10_000
    assert found["hectares"] == pytest.approx(hectares, abs=1e-5)
    areas = [c["adjusted"]["hectares"] for c in found["classes"]]
    assert sum(a["estimate"] for a in areas) == pytest.approx(hectares, rel=1e-3)
    assert sum(c["adjusted"]["mapHectares"] for c in found["classes"]) == pytest.approx(hectares, rel=1e-3)
    for a in areas:
        low, high = a["confidence95"]
        assert high - a["estimate"] == pytest.approx(1.96 * a["standardError"], abs=2e-5)
        assert low == pytest.approx(max(0, a["estimate"] - 1.96 * a["standardError"]), abs=2e-5)


def test_both_curves_of_a_calibrated_model_are_drawn(tmp_path: Path, model: Path, images: list[Image]) -> None:
    recipe = write_recipe(tmp_path, '[[test]]\nkind = "folder"\npaths = ["set"]\n')
    command = ["evaluate", str(model), str(recipe), "-o", str(tmp_path / "report")]
    assert main(command) == 0
    plain = json.loads((tmp_path / "report" / "accuracy.json").read_text())
    assert plain["reliabilityBefore"] is None and read(tmp_path / "report")[1].tags.count("polyline") == 1
    calibrate(model, images, say=lambda _: None)
    assert main(command) == 0
    found = json.loads((tmp_path / "report" / "accuracy.json").read_text())
    assert found["expectedCalibrationErrorBefore"] == pytest.approx(plain["expectedCalibrationError"], abs=2e-4)
    assert sum(r["pixels"] for r in found["reliabilityBefore"]) == found["pixels"]
    assert found["expectedCalibrationError"] < 0.5 * found["expectedCalibrationErrorBefore"]
    text, page = read(tmp_path / "report")
    assert page.tags.count("polyline") == 2
    assert page.tags.count("circle") == len(found["reliability"]) + len(found["reliabilityBefore"])
    assert f"calibration error {found['expectedCalibrationErrorBefore']:.3f}, now" in text


@pytest.mark.parametrize(
    ("hectares", "words"),
    [(0.01234, "0.012"), (12.346, "12.35"), (123.46, "123.5"), (1234567.8, "1\u202f234\u202f568"), (None, "–")],
)
def test_areas_have_as_many_digits_as_mean_something(hectares: float | None, words: str) -> None:
    assert _hectares(hectares) == words


def test_writes_png_that_others_read() -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (13, 7, 3), dtype=np.uint8)
    assert np.array_equal(imagecodecs.imread(io.BytesIO(png(pixels)), codec="png"), pixels)
