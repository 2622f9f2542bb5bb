# SPDX-License-Identifier: Apache-2.0
"""The official networks of IGN as card-carrying ONNX: `FLAIR-INC_{rgb,rgbi,rgbie}_{12cl,15cl}_resnet34-{unet,deeplabv3}`,
and those of FLAIR-HUB that `hub` describes.

FLAIR-INC's checkpoints are state dicts of segmentation-models-pytorch networks: `.pth` or `.safetensors` bare, or `.ckpt`
of Lightning, with keys below `state_dict` that begin with `model.seg_model.`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from survol_train import hub
from survol_train.card import OUTPUTS, check, draft, export
from survol_train.dataset import BANDS
from survol_train.graph import card_graph
from survol_train.hub import LOGITS, HubLayout
from survol_train.learn import load_weights
from survol_train.network import receptive_field
from survol_train.problems import BadInput
from survol_train.recipe import MEAN, STD

MULTIPLE = 32
WINDOW = 2048
UNCOUNTED = (15, 16, 17, 19)
"""FLAIR classes that the 15-class networks have logits for and were not trained on: clear cut, mixed, ligneous, other."""


@dataclass(frozen=True)
class Layout:
    """What a published network was built with."""

    architecture: str
    """`unet` or `deeplabv3`, as segmentation-models-pytorch names them."""
    bands: tuple[str, ...]
    encoder: str = "resnet34"

    @property
    def mean(self) -> tuple[float, ...]:
        return tuple(MEAN[b] for b in self.bands)

    @property
    def std(self) -> tuple[float, ...]:
        return tuple(STD[b] for b in self.bands)

    def network(self) -> nn.Module:
        import segmentation_models_pytorch as smp

        return smp.create_model(
            arch=self.architecture,
            encoder_name=self.encoder,
            encoder_weights=None,
            in_channels=len(self.bands),
            classes=LOGITS,
        ).eval()


_BANDS = {"rgb": BANDS[:3], "rgbi": BANDS[:4], "rgbie": BANDS}
_NAME = re.compile(r"FLAIR-INC_(rgbie|rgbi|rgb)_(\d+)cl_resnet34-(unet|deeplabv3)", re.IGNORECASE)

ARCHITECTURES = ("unet", "deeplabv3", *hub.ARCHITECTURES)


def layout_of(path: Path, architecture: str | None, bands: str | None) -> Layout | HubLayout:
    """From the published file's name, unless told."""
    if (of_hub := hub.layout_of(path, architecture, bands)) is not None:
        return of_hub
    if named := _NAME.search(str(path)):
        architecture = architecture or named.group(3).lower()
        bands = bands or named.group(1).lower()
    if architecture is None or bands is None:
        raise BadInput(
            f"{path}: its name does not tell the network (FLAIR-INC_rgbie_15cl_resnet34-unet…); say --architecture and --bands"
        )
    if bands not in _BANDS or architecture not in ("unet", "deeplabv3"):
        raise BadInput(
            f"no such network: {architecture} on {bands}; known are unet, deeplabv3 on {', '.join(_BANDS)}, and "
            f"{', '.join(hub.ARCHITECTURES)} on {', '.join(hub.BANDS)}"
        )
    return Layout(architecture, _BANDS[bands])


def read_checkpoint(path: Path) -> dict[str, Tensor]:
    """Weights by the names in the file."""
    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            found: Mapping[str, Any] = load_file(path)
        else:
            found = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise BadInput(f"{path}: no such file") from None
    except Exception as reason:
        raise BadInput(f"{path}: not a checkpoint that can be read without running code from it ({reason})") from None
    found = found.get("state_dict", found)
    weights = {k: v.float() if v.is_floating_point() else v for k, v in found.items() if isinstance(v, Tensor)}
    if not weights:
        raise BadInput(f"{path}: holds no weights")
    return weights


_OLD_DEEPLABV3 = {"decoder.0.": "decoder.aspp.", "decoder.1.": "decoder.conv.", "decoder.2.": "decoder.bn."}
"""Names until segmentation-models-pytorch 0.4, with which IGN trained, and since 0.5. The U-Net's are the same in both."""


def own_keys(found: Mapping[str, Tensor], architecture: str) -> dict[str, Tensor]:
    """FLAIR-INC's weights under the network's own names."""
    renamed = _OLD_DEEPLABV3 if architecture == "deeplabv3" else {}
    weights = {}
    for key, value in found.items():
        if key.startswith("criterion."):
            continue  # class weights of the loss, kept by Lightning
        for prefix in ("model.seg_model.", "seg_model.", "model."):
            if key.startswith(prefix):
                key = key.removeprefix(prefix)
                break
        for old, new in renamed.items():
            if key.startswith(old):
                key = new + key.removeprefix(old)
        weights[key] = value
    return weights


def convert(
    checkpoint: Path,
    out: Path,
    layout: Layout | HubLayout,
    classes: dict[str, Any],
    window: int | None,
    margin: int | None,
    name: str,
) -> dict[str, Any]:
    if isinstance(layout, HubLayout):
        window = hub.WINDOW if window is None else window
        hub_network = layout.network(window)
        load_weights(hub_network, hub.own_keys(checkpoint, read_checkpoint(checkpoint)), checkpoint)
        return convert_hub(hub_network, out, layout, classes, window, margin, name)
    network = layout.network()
    load_weights(network, own_keys(read_checkpoint(checkpoint), layout.architecture), checkpoint)
    return convert_network(network, out, layout, classes, WINDOW if window is None else window, margin, name)


def convert_hub(
    network: hub.UPerNet,
    out: Path,
    layout: HubLayout,
    nomenclature: dict[str, Any],
    window: int,
    margin: int | None,
    name: str,
) -> dict[str, Any]:
    """Its sizes are fixed: pooling over the whole window and Swin's masks are computed for that side alone."""
    margin = min(hub.CONTEXT, window // 4) if margin is None else margin
    _check(nomenclature, name, window, margin)
    card = draft(
        name=name,
        version="1",
        title=f"{layout.encoder} upernet, {len(layout.bands)} bands, FLAIR-HUB",
        nomenclature=nomenclature,
        bands=layout.bands,
        gsd_metres=0.2,
        reach=window,
        multiple=window,
        licence="etalab-2.0",
        training_data=f"FLAIR-HUB (IGN); classes {', '.join(map(str, UNCOUNTED))} have a logit and no training",
        window=window,
        margin=margin,
    )
    values = [c["value"] for c in nomenclature["classes"]]
    export(card_graph(hub.in_flairs_order(network), layout.mean, layout.std, values, 1.0), card, out, any_size=False)
    return card


def _check(nomenclature: dict[str, Any], name: str, window: int, margin: int) -> None:
    if len(nomenclature["classes"]) != LOGITS:
        raise BadInput(f"the class list has {len(nomenclature['classes'])} classes, the network {LOGITS} logits")
    check(name, MULTIPLE, window, margin)


def convert_network(
    network: nn.Module,
    out: Path,
    layout: Layout,
    nomenclature: dict[str, Any],
    window: int,
    margin: int | None,
    name: str,
) -> dict[str, Any]:
    _check(nomenclature, name, window, margin or 0)  # before the receptive field takes its minutes
    reach = reach_of(layout)
    margin = recommended_margin(reach) if margin is None else margin
    card = draft(
        name=name,
        version="1",
        title=f"{layout.encoder} {layout.architecture}, {len(layout.bands)} bands, FLAIR-INC",
        nomenclature=nomenclature,
        bands=layout.bands,
        gsd_metres=0.2,
        reach=reach,
        multiple=MULTIPLE,
        licence="etalab-2.0",
        training_data=f"FLAIR-INC (IGN); classes {', '.join(map(str, UNCOUNTED))} have a logit and no training",
        window=window,
        margin=margin,
    )
    export(card_graph(network, layout.mean, layout.std, [c["value"] for c in nomenclature["classes"]], 1.0), card, out)
    return card


def reach_of(layout: Layout) -> int:
    """Receptive field, pixels, measured on random weights (a zero weight hides a path, random ones do not)."""
    torch.manual_seed(7)
    if layout.architecture == "deeplabv3":
        # its pooling branch averages the whole window: no margin makes tiling exact; measured without that branch
        network = _without_pooling_branch(layout.network())
        return receptive_field(network, len(layout.bands), 2048, MULTIPLE)
    return receptive_field(layout.network(), len(layout.bands), 1344, MULTIPLE)


def recommended_margin(reach: int) -> int:
    return -(-reach // MULTIPLE) * MULTIPLE


def _without_pooling_branch(network: nn.Module) -> nn.Module:
    class Silent(nn.Module):
        def __init__(self, branch: nn.Module) -> None:
            super().__init__()
            self.branch = branch

        def forward(self, x: Tensor) -> Tensor:
            return torch.zeros_like(self.branch(x)).detach()

    for module in list(network.modules()):
        for name, child in list(module.named_children()):
            if type(child).__name__ == "ASPPPooling":
                setattr(module, name, Silent(child))
    return network


def random_network(layout: Layout, seed: int = 7) -> nn.Module:
    """The published layout with random weights and batch statistics: for equality tests and benchmarks."""
    torch.manual_seed(seed)
    network = layout.network()
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d):
                assert module.running_mean is not None and module.running_var is not None
                module.running_mean.normal_(0, 0.1)
                module.running_var.uniform_(0.8, 1.2)
        # logits of the size that a trained network's have: rounding errors grow with them
        spread = network(1.6 * torch.randn(1, len(layout.bands), 128, 128)).std()
        network.segmentation_head[0].weight.mul_(3 / spread)
    return network


def compare(network: nn.Module, layout: Layout, model: Path, window: np.ndarray) -> tuple[float, float]:
    """Share of pixels with the same class, and the largest difference of a probability in steps of 1/255, between the
    network in PyTorch and the exported file, for one window (bands, H, W) of uint8."""
    import onnxruntime

    mean = torch.tensor([MEAN[b] for b in layout.bands]).reshape(1, -1, 1, 1)
    std = torch.tensor([STD[b] for b in layout.bands]).reshape(1, -1, 1, 1)
    with torch.no_grad():
        logits = network((torch.from_numpy(window)[None].float() - mean) / std)
    session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    classes, probabilities, _ = session.run(list(OUTPUTS), {"input": window[None]})
    same = float(np.mean(classes[0] == logits[0].argmax(0).numpy() + 1))
    apart = np.abs(torch.softmax(logits, 1)[0].numpy() * 255 - probabilities[0]).max()
    return same, float(apart)


def flair_classes() -> dict[str, Any]:
    """FLAIR's 19 classes: training/nomenclatures/flair.json, which an installed package holds in a folder of its own."""
    beside = Path(__file__).resolve().parents[1] / "nomenclatures" / "flair.json"
    inside = resources.files("survol_train").joinpath("nomenclatures", "flair.json")
    return json.loads((beside if beside.exists() else inside).read_text())
