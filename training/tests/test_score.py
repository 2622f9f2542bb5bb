# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from survol_train.dataset import Image
from survol_train.score import (
    Model,
    Reliability,
    area_adjusted,
    confusion,
    evaluate,
    mean_iou,
    overall_accuracy,
    per_class,
)


def test_counts_truth_in_rows_and_leaves_out_what_is_not_known() -> None:
    table = confusion(np.array([0, 0, 1, -1, 1]), np.array([0, 1, 1, 0, 1]), 2)
    assert table.tolist() == [[1, 1], [0, 2]]
    assert overall_accuracy(table) == 0.75
    rates = per_class(table)
    assert rates["iou"].tolist() == [1 / 2, 2 / 3]
    assert rates["users"].tolist() == [1, 2 / 3]
    assert rates["producers"].tolist() == [1 / 2, 1]
    assert rates["f1"].tolist() == pytest.approx([2 / 3, 4 / 5])


def test_a_class_that_is_not_there_does_not_count() -> None:
    table = np.array([[5, 0, 0], [1, 4, 0], [0, 0, 0]])
    assert mean_iou(table) == pytest.approx((5 / 6 + 4 / 5) / 2)


def test_area_adjusted_estimates_equal_the_published_example() -> None:
    """The example of Olofsson et al. 2014: deforestation, forest gain, stable forest, stable non-forest."""
    sample = np.array([[66, 0, 5, 4], [0, 55, 8, 12], [1, 0, 153, 11], [2, 1, 9, 313]])
    mapped = np.array([200_000, 150_000, 3_200_000, 6_450_000])
    found = area_adjusted(sample, mapped)
    assert found.overall[0] == pytest.approx(0.947, abs=5e-4)
    assert 1.96 * found.overall[1] == pytest.approx(0.018, abs=5e-4)
    assert found.users == pytest.approx([0.88, 0.73, 0.93, 0.96], abs=5e-3)
    assert 1.96 * found.users_error == pytest.approx([0.07, 0.10, 0.04, 0.02], abs=5e-3)
    assert found.producers == pytest.approx([0.75, 0.85, 0.93, 0.96], abs=5e-3)
    assert 1.96 * found.producers_error == pytest.approx([0.21, 0.25, 0.03, 0.02], abs=6e-3)
    assert found.share[0] * mapped.sum() == pytest.approx(235_086, abs=1)
    assert 1.96 * found.share_error[0] * mapped.sum() == pytest.approx(68_418, abs=1)


def test_estimates_over_many_samples_have_the_stated_spread() -> None:
    """The standard errors are those of repeated sampling."""
    random = np.random.default_rng(5)
    table = np.array([[9000, 400, 100], [700, 5000, 300], [50, 250, 4200]])  # truth, map
    found = []
    for _ in range(400):
        sample = np.stack([random.multivariate_hypergeometric(c, 100) for c in table.T])
        found.append(area_adjusted(sample, table.sum(0)))
    for name in ("users", "producers", "share"):
        values = np.array([getattr(f, name) for f in found])
        errors = np.array([getattr(f, name + "_error") for f in found])
        assert np.sqrt((errors**2).mean(0)) == pytest.approx(values.std(0), rel=0.15), name
    truth = table.sum(1) / table.sum()
    assert np.mean([f.share for f in found], 0) == pytest.approx(truth, abs=0.005)


def test_windows_with_margins_equal_the_whole_image(model: Path, images: list[Image]) -> None:
    import onnxruntime

    bands = images[0].bands
    session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    whole = session.run(["classes", "probabilities", "confidence"], {"input": bands[None]})
    for ours, expected in zip(Model(model).predict(bands), whole, strict=True):
        assert np.array_equal(ours, expected[0])


@pytest.mark.parametrize("margin", [0, 3, 8, 13])
def test_every_window_is_of_a_size_that_the_network_takes(
    model: Path, margin: int, images: list[Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    scorer = Model(model)
    scorer.card["marginPixels"] = margin
    whole = scorer.predict(images[0].bands)
    sides = []
    session = scorer._session

    class Watched:
        def run(self, names: list[str], given: dict[str, np.ndarray]) -> list[np.ndarray]:
            sides.append(given["input"].shape[2:])
            return session.run(names, given)

    monkeypatch.setattr(scorer, "_session", Watched())
    for side in (5, 20, 61, 80):
        part = scorer.predict(images[0].bands[:, :side, :side])
        assert all(np.array_equal(p, w[..., :side, :side]) for p, w in zip(part, whole, strict=True))
    assert all(h == w <= 48 and h % 8 == 0 for h, w in sides)


def test_calibration_error_of_a_known_mixture() -> None:
    reliability = Reliability.empty()
    reliability.add(np.full(1000, 0.9), np.arange(1000) < 700)
    reliability.add(np.full(1000, 0.5), np.arange(1000) < 500)
    assert reliability.expected_error() == pytest.approx(0.1)


def test_an_evaluation_adds_up(model: Path, images: list[Image]) -> None:
    result = evaluate(Model(model), images)
    assert result.table.sum() == sum(i.mask.size for i in images)
    assert result.truth_probability.sum() == result.table.sum()
    assert result.reliability.pixels.sum() == result.table.sum()
    assert (result.sample.sum(1) <= 200).all()
