# SPDX-License-Identifier: Apache-2.0
"""The networks of FLAIR-HUB as ONNX, on checkpoints of the published layout with random weights: `pytest -m torch`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from test_torch import assert_calibrates

torch = pytest.importorskip("torch")
pytest.importorskip("timm")
pytestmark = [pytest.mark.torch, pytest.mark.filterwarnings("ignore")]

from survol_train import hub  # noqa: E402
from survol_train.__main__ import main  # noqa: E402
from survol_train.card import OUTPUTS, read_card  # noqa: E402
from survol_train.convert import layout_of  # noqa: E402
from survol_train.hub import HubLayout, UPerNet  # noqa: E402
from survol_train.problems import BadInput  # noqa: E402

HUB_ORDER = (
    "building greenhouse swimming-pool impervious pervious bare-soil water snow herbaceous agricultural plowed vineyard "
    "deciduous coniferous brushwood clear-cut ligneous mixed other"
).split()
SMALL = {
    "swintiny": {"embed_dim": 24, "depths": (2, 2, 2, 2), "num_heads": (1, 2, 4, 8)},
    "convnextv2tiny": {"dims": (24, 48, 96, 192), "depths": (1, 1, 2, 1)},
}


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same layouts with fewer and narrower blocks."""
    for name, options in SMALL.items():
        monkeypatch.setitem(hub.ENCODERS, name, replace(hub.ENCODERS[name], options=options))


def fields(count: int, bands: int, side: int) -> np.ndarray:
    """Even patches of random sizes and values under noise."""
    random = np.random.default_rng(1)
    rows = np.arange(side)
    windows = np.empty((count, bands, side, side), np.float64)
    for window in windows:
        parts = random.integers(0, 256, (bands, 12, 12))
        cuts = [np.searchsorted(np.sort(random.integers(0, side, 11)), rows) for _ in range(2)]
        window[:] = parts[:, cuts[0]][:, :, cuts[1]] + random.normal(0, 12, window.shape)
    return np.clip(windows, 0, 255).astype(np.uint8)


def random_network(layout: HubLayout, window: int) -> UPerNet:
    """Every weight takes part, and features and logits are of the size and spread that a trained network's have."""
    torch.manual_seed(3)
    network = layout.network(window)
    pixels = normalised(layout, fields(2, len(layout.bands), window))
    with torch.no_grad():
        for name, value in network.state_dict().items():
            if name.endswith("bias_table"):
                value.normal_(0, 0.5)
            elif value.ndim == 1 and value.is_floating_point() and "running" not in name:
                value.add_(0.1 * torch.randn_like(value))
        for module in network.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.train().momentum = 1.0
        network(pixels)
        for module in network.modules():
            if isinstance(module, torch.nn.BatchNorm2d):  # the windows of a whole data set vary more than two do
                module.running_var.copy_(torch.maximum(module.running_var, module.running_mean**2 / 9))
        network.eval()
        head = network.segmentation_head[0]
        logits = network(pixels)
        scale = 2 / logits.std((0, 2, 3))
        head.weight.mul_(scale.reshape(-1, 1, 1, 1))
        head.bias.copy_(scale * (head.bias - logits.mean((0, 2, 3))))
    return network


def normalised(layout: HubLayout, windows: np.ndarray) -> torch.Tensor:
    mean, std = (torch.tensor(x).reshape(1, -1, 1, 1) for x in (layout.mean, layout.std))
    return (torch.from_numpy(windows).float() - mean) / std


def published(network: UPerNet) -> dict[str, torch.Tensor]:
    """Its weights under the names of a published file, with what such files hold besides."""
    stored = {"criterion.AERIAL_LABEL-COSIA.weight": torch.ones(19), "model.fusion_handler.conv_f.0.bias": torch.zeros(96)}
    for name, value in network.state_dict().items():
        part = hub.ENCODER + name.removeprefix("encoder.") if name.startswith("encoder.") else hub.DECODER + name
        stored["model." + part] = value.contiguous()
    stored["model." + hub.ENCODER + "model.layers_0.blocks.1.attn_mask"] = torch.zeros(4, 49, 49)
    return stored


def write(path: Path, weights: dict[str, torch.Tensor]) -> Path:
    if path.suffix == ".safetensors":
        from safetensors.torch import save_file

        save_file(weights, path)
    else:
        torch.save({"epoch": 3, "state_dict": weights} if path.suffix == ".ckpt" else weights, path)
    return path


def assert_equal(network: UPerNet, layout: HubLayout, model: Path, windows: np.ndarray) -> None:
    """ONNX Runtime's logits within 1e-4 of PyTorch's, and classes the same in at least 99.99 % of the pixels."""
    with torch.no_grad():
        logits = network(normalised(layout, windows)).numpy()
    classes = read_card(model)["nomenclature"]["classes"]
    logits = logits[:, [HUB_ORDER.index(c["code"]) for c in classes]]
    loaded = onnx.load(str(model))
    # the logits are what the highest of them is subtracted from
    name = next(n.input[0] for n in loaded.graph.node if n.op_type in ("ReduceMax", "ArgMax"))
    loaded.graph.output.append(onnx.helper.make_empty_tensor_value_info(name))
    session = onnxruntime.InferenceSession(loaded.SerializeToString(), providers=["CPUExecutionProvider"])
    found, shares, _, in_onnx = session.run([*OUTPUTS, name], {"input": windows})
    assert len(np.unique(logits.argmax(1))) > 5
    apart = np.abs(in_onnx - logits).max()
    print(f"logits at most {apart:.1e} apart, standard deviation {logits.std():.1f}")
    assert apart <= 1e-4
    assert np.mean(found == np.array([c["value"] for c in classes])[logits.argmax(1)]) >= 0.9999
    assert np.abs(torch.softmax(torch.from_numpy(logits), 1).numpy() * 255 - shares).max() <= 1


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    ("file", "bands"),
    [
        ("FLAIR-HUB_LC-A_IR_swintiny-upernet.safetensors", ("NIR", "RED", "GREEN")),
        ("FLAIR-HUB_LC-A_RGB_swintiny-upernet.ckpt", ("RED", "GREEN", "BLUE")),
        ("FLAIR-HUB_LC-A_IR_convnextv2tiny-upernet.pth", ("NIR", "RED", "GREEN")),
    ],
)
def test_says_in_onnx_what_it_says_in_pytorch(tmp_path: Path, file: str, bands: tuple[str, ...]) -> None:
    layout = layout_of(tmp_path / file, None, None)
    assert isinstance(layout, HubLayout)
    assert layout.bands == bands
    network = random_network(layout, 256)
    checkpoint = write(tmp_path / file, published(network))
    out = tmp_path / "hub.onnx"
    assert main(["convert", str(checkpoint), "-o", str(out), "--window", "256"]) == 0
    card = read_card(out)
    assert (card["windowSize"], card["windowMultiple"], card["marginPixels"], card["bands"]) == (256, 256, 64, list(bands))
    assert_equal(network, layout, out, fields(2, 3, 256))
    if checkpoint.suffix != ".safetensors":  # one of each kind of encoder is enough
        assert_calibrates(out)


def test_one_of_the_published_size_says_in_onnx_what_it_says_in_pytorch(tmp_path: Path) -> None:
    layout = HubLayout("swintiny", hub.BANDS["rgbi"])
    network = random_network(layout, 288)  # 9 positions at the coarsest stage: attention windows of 7 need filling up
    checkpoint = write(tmp_path / "own.pth", published(network))
    out = tmp_path / "own.onnx"
    words = ["--architecture", "swintiny-upernet", "--bands", "rgbi", "--window", "288", "--margin", "32"]
    assert main(["convert", str(checkpoint), "-o", str(out), *words]) == 0
    assert read_card(out)["marginPixels"] == 32
    assert_equal(network, layout, out, fields(1, 4, 288))


@pytest.mark.parametrize(("name", "millions"), [("swinbase", 89.4), ("convnextv2base", 90.2), ("convnextv2tiny", 29.8)])
def test_has_as_many_weights_as_published(name: str, millions: float) -> None:
    with torch.device("meta"):
        network = HubLayout(name, hub.BANDS["ir"]).network(512)
    assert round(sum(p.numel() for p in network.parameters()) / 1e6, 1) == millions


@pytest.mark.usefixtures("small")
def test_weights_that_do_not_fit_are_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    weights = published(HubLayout("swintiny", hub.BANDS["rgb"]).network(256))
    del weights["model." + hub.DECODER + "decoder.fpn_bottleneck.0.weight"]
    weights["model." + hub.ENCODER + "model.patch_embed.proj.weight"] = torch.zeros(24, 4, 4, 4)
    weights["model." + hub.ENCODER + "model.head.weight"] = torch.zeros(3)
    checkpoint = write(tmp_path / "FLAIR-HUB_LC-A_RGB_swintiny-upernet.pth", weights)
    out = tmp_path / "x.onnx"
    assert main(["convert", str(checkpoint), "-o", str(out), "--window", "256"]) == 2
    problem = capsys.readouterr().err
    assert "3 of" in problem
    assert "missing decoder.fpn_bottleneck.0.weight (64, 1280, 3, 3)" in problem
    assert "not expected encoder.model.head.weight (3,)" in problem
    assert "encoder.model.patch_embed.proj.weight is (24, 4, 4, 4), expected (24, 3, 4, 4)" in problem
    assert list(tmp_path.iterdir()) == [checkpoint]


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        ("FLAIR-HUB_LC-F_swinbase-upernet", "needs aerial images, Sentinel-2 and Sentinel-1 series"),
        ("FLAIR-HUB_LC-I_swinbase-upernet", "needs SPOT images"),
        ("FLAIR-HUB_LC-B_swinbase-upernet", "needs aerial images and elevation"),
        ("FLAIR-HUB_LPIS-A_swinbase-upernet", "maps crops"),
        ("FLAIR-HUB_LC-A_IR_convnextv2base-unet", "convnextv2base-unet cannot be converted"),
        ("FLAIR-HUB_LC-A_swinbase-upernet", "does not tell the bands"),
    ],
)
def test_other_networks_are_refused_by_name(tmp_path: Path, file: str, reason: str) -> None:
    with pytest.raises(BadInput, match=reason):
        layout_of(tmp_path / f"{file}.safetensors", None, None)


def test_other_networks_are_refused_by_what_they_hold(tmp_path: Path) -> None:
    path, weight = tmp_path / "own.ckpt", torch.zeros(1)
    aerial = {"model." + hub.ENCODER + "model.stem_0.bias": weight}
    with pytest.raises(BadInput, match="encoders for AERIAL_RGBI, DEM_ELEV"):
        hub.own_keys(path, {**aerial, "model.encoders.DEM_ELEV.seg_model.model.stem_0.bias": weight})
    with pytest.raises(BadInput, match="decoders for ALL_LABEL-LPIS, none for land cover"):
        hub.own_keys(path, {**aerial, "model.main_decoders.ALL_LABEL-LPIS.seg_model.decoder.x": weight})


@pytest.mark.parametrize(("name", "window", "mend"), [("swinbase", 384, 416), ("swintiny", 500, 512), ("convnextv2tiny", 64, 224)])
def test_windows_it_cannot_take_are_refused_with_one_it_can(name: str, window: int, mend: int) -> None:
    with pytest.raises(BadInput, match=f"not {window}; take --window {mend}"):
        HubLayout(name, hub.BANDS["rgb"]).network(window)
