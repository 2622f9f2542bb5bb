# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import io
import json
from html.parser import HTMLParser
from pathlib import Path

import imagecodecs
import numpy as np

from survol_train.dataset import Image
from survol_train.report import png, write
from survol_train.score import Model, evaluate


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [v or "" for k, v in attributes if k in ("src", "href")]


def test_the_page_needs_nothing_beside_it_and_agrees_with_the_json(
    model: Path, images: list[Image], tmp_path: Path
) -> None:
    scorer = Model(model)
    found = write(scorer, evaluate(scorer, images), tmp_path / "report", "four <mosaics>")
    text = (tmp_path / "report" / "accuracy.html").read_text()
    page = _Page()
    page.feed(text)
    assert all(a.startswith("data:image/png;base64,") for a in page.addresses)
    assert "script" not in page.tags
    assert "four &lt;mosaics&gt;" in text
    assert f"{found['overallAccuracy']:.1%}" in text
    assert f"{found['meanIou']:.3f}" in text
    assert json.loads((tmp_path / "report" / "accuracy.json").read_text()) == found
    assert sum(map(sum, found["confusion"])) == found["pixels"]


def test_writes_png_that_others_read() -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (13, 7, 3), dtype=np.uint8)
    assert np.array_equal(imagecodecs.imread(io.BytesIO(png(pixels)), codec="png"), pixels)
