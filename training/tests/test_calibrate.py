# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from conftest import VALUES, mosaic, save_model

from survol_train.calibrate import calibrate, fit, left_out, thresholds, uncalibrated
from survol_train.card import read_card
from survol_train.dataset import Image
from survol_train.problems import BadInput
from survol_train.score import Model, evaluate, overall_accuracy


def test_finds_the_temperature_and_the_offsets_that_made_the_data() -> None:
    random = np.random.default_rng(3)
    logits = random.normal(0, 3, (60_000, 4))
    offsets = np.array([0.5, -0.5, 1.0, -1.0])
    z = logits / 2.5 + offsets
    p = np.exp(z) / np.exp(z).sum(1, keepdims=True)
    truth = (p.cumsum(1) > random.random((len(p), 1))).argmax(1)
    found = fit(logits, truth, True)
    assert found.temperature == pytest.approx(2.5, rel=0.03)
    assert found.offsets - found.offsets.mean() == pytest.approx(offsets, abs=0.05)
    assert found.loss_after < found.loss_before


def test_an_image_left_out_tells_what_a_fit_to_the_others_promises() -> None:
    random = np.random.default_rng(5)
    logits = random.normal(0, 3, (40_000, 4))
    p = np.exp(logits / 2) / np.exp(logits / 2).sum(1, keepdims=True)
    truth = (p.cumsum(1) > random.random((len(p), 1))).argmax(1)
    image = np.arange(len(truth)) % 5
    error, covered = left_out(logits, truth, image, False, [1, 2, 3, 4])
    assert error < 0.01
    assert covered == pytest.approx(0.9, abs=0.01)
    truth[image == 2] = random.integers(0, 4, np.sum(image == 2))  # an image that the others tell nothing about
    worse, _ = left_out(logits, truth, image, False, [1, 2, 3, 4])
    assert worse > error + 0.02


def test_mends_a_model_that_is_too_sure_and_biased(model: Path, images: list[Image]) -> None:
    others = [Image(f"unseen {n}", *mosaic(100 + n), band_names=("RED", "GREEN", "BLUE")) for n in range(6)]
    before = evaluate(Model(model), others)
    found = calibrate(model, images, say=lambda _: None)
    after = evaluate(Model(model), others)
    card = read_card(model)
    assert card["temperature"] == pytest.approx(4, rel=0.15)
    assert "classOffsets" in found, "the bias against a class is seen"
    assert before.reliability.expected_error() > 0.05
    assert after.reliability.expected_error() < 0.03
    assert overall_accuracy(after.table) > overall_accuracy(before.table)
    assert card["calibration"] == found


@pytest.mark.parametrize("fixed", [None, 48])
def test_logits_enlarged_behind_the_last_convolution_are_divided_by_the_temperature_too(
    tmp_path: Path, images: list[Image], fixed: int | None
) -> None:
    """As in converted networks: an eighth or a quarter of the size, and one size of window alone."""
    path = tmp_path / "coarse.onnx"
    random = np.random.default_rng(3)
    save_model(path, random.normal(0, 0.05, (3, 3)), random.normal(0, 1, 3), coarse=4, fixed=fixed)
    window = np.random.default_rng(4).integers(0, 256, (1, 3, 48, 48), np.uint8)
    before = run(path, "logits", window)
    found = calibrate(path, images[:2], say=lambda _: None)
    offsets = np.array([c["offset"] for c in found.get("classOffsets", [])] or [0, 0, 0])
    z = before / read_card(path)["temperature"] + offsets[:, None, None]
    shares = 255 * np.exp(z) / np.exp(z).sum(1, keepdims=True)
    assert abs(read_card(path)["temperature"] - 1) > 0.2
    assert np.abs(run(path, "probabilities", window) - shares).max() <= 1
    assert found["expectedError"] < found["expectedErrorBefore"]


def run(path: Path, output: str, window: np.ndarray) -> np.ndarray:
    model = onnx.load(str(path))
    if output not in [o.name for o in model.graph.output]:
        model.graph.output.append(onnx.helper.make_empty_tensor_value_info(output))
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run([output], {"input": window})[0]


def test_a_graph_that_changes_its_logits_after_the_last_convolution_is_refused(model: Path, images: list[Image]) -> None:
    graph = onnx.load(str(model))
    softmax = next(n for n in graph.graph.node if n.op_type == "Softmax")
    softmax.input[0] = "doubled"
    graph.graph.node.insert(2, onnx.helper.make_node("Add", ["logits", "logits"], ["doubled"]))
    onnx.save(graph, str(model))
    content = model.read_bytes()
    with pytest.raises(BadInput, match="not the softmax of its last convolution"):
        calibrate(model, images, say=lambda _: None)
    assert model.read_bytes() == content


def test_images_without_a_known_pixel_are_refused(model: Path) -> None:
    bands, mask = mosaic(1)
    with pytest.raises(BadInput, match="no pixel whose class is known"):
        calibrate(model, [Image("x", bands, np.zeros_like(mask), ("RED", "GREEN", "BLUE"))], say=lambda _: None)


def test_a_calibration_can_be_undone_and_another_begins_anew(model: Path, images: list[Image]) -> None:
    bands = images[0].bands
    before = Model(model).predict(bands)
    found = calibrate(model, images[:2], say=lambda _: None)
    once = read_card(model)
    undone = uncalibrated(model)
    assert "calibration" not in undone.card and undone.card["temperature"] == 1
    assert np.abs(undone.predict(bands)[1].astype(int) - before[1]).max() <= 1
    again = calibrate(model, images[:2], say=lambda _: None)
    assert read_card(model)["temperature"] == pytest.approx(once["temperature"], rel=1e-3)
    assert again["expectedErrorBefore"] == pytest.approx(found["expectedErrorBefore"], abs=2e-4)
    for ours, theirs in zip(again["classOffsets"], found["classOffsets"], strict=True):
        assert ours["offset"] == pytest.approx(theirs["offset"], abs=1e-3)


def test_sets_of_classes_cover_what_they_promise_on_images_not_calibrated_on(model: Path, images: list[Image]) -> None:
    calibrate(model, images, say=lambda _: None)
    others = [Image(f"unseen {n}", *mosaic(200 + n), band_names=("RED", "GREEN", "BLUE")) for n in range(12)]
    result = evaluate(Model(model), others)
    assert set(result.coverage) == {"0.8", "0.9", "0.95"}
    for level, share in result.coverage.items():
        assert share == pytest.approx(float(level), abs=0.02)
    sizes = [result.set_sizes[level] for level in ("0.8", "0.9", "0.95")]
    assert sizes == sorted(sizes)


def test_thresholds_leave_out_no_more_than_allowed() -> None:
    random = np.random.default_rng(1)
    for _ in range(200):
        pixels = random.multinomial(random.integers(1, 2000), random.dirichlet(np.full(256, 0.05)))
        for entry in thresholds(pixels[None], [7]):
            least = entry["classes"][0]["minProbability"]
            kept = pixels[least:].sum() / pixels.sum()
            assert kept >= entry["coverage"], "covers on the data it was taken from"
            if least < 255 and pixels.sum() > 100:
                assert pixels[least + 1 :].sum() < np.ceil((pixels.sum() + 1) * entry["coverage"])


def test_a_class_never_seen_is_always_in_the_set() -> None:
    (low, *_) = thresholds(np.zeros((1, 256), int), [9])
    assert low["classes"] == [{"value": 9, "minProbability": 0}]


def test_leaves_the_file_alone_when_it_fails(model: Path) -> None:
    content = model.read_bytes()
    bands, mask = mosaic(1)
    one_class = Image("x", bands, np.full_like(mask, VALUES[0]), ("RED", "GREEN", "BLUE"))
    with pytest.raises(Exception, match="one class only"):
        calibrate(model, [one_class], say=lambda _: None)
    assert model.read_bytes() == content
    assert list(model.parent.glob("*.partial")) == []
