# SPDX-License-Identifier: Apache-2.0
"""The FLAIR-HUB networks of IGN that see one aerial image: a Swin or ConvNeXt V2 encoder under UPerNet.

Their checkpoints hold one encoder for each source and one decoder for each task, `model.encoders.AERIAL_RGBI.seg_model.…`
and `model.main_decoders.AERIAL_LABEL-COSIA.seg_model.…`. The decoder is that of segmentation-models-pytorch 0.4, which
later versions replaced, so it is written out here, name by name as its weights are stored.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from survol_train.dataset import HUB_TO_FLAIR
from survol_train.problems import BadInput

LOGITS = 19
MULTIPLE = 32
CONTEXT = 128
"""Recommended margin, pixels, as IGN's own tool has it for windows of 512."""
WINDOW = 768
"""Near the 512 px of training, over which the network learned to average; Swin's attention windows fill it evenly."""

MEAN = {"RED": 105.66, "GREEN": 111.35, "BLUE": 102.18, "NIR": 106.59}
STD = {"RED": 52.23, "GREEN": 45.62, "BLUE": 44.30, "NIR": 39.78}
"""Of FLAIR-HUB's aerial images in DN, as on the cards of the published networks."""

ENCODER, DECODER = "encoders.AERIAL_RGBI.seg_model.", "main_decoders.AERIAL_LABEL-COSIA.seg_model."
_UNUSED = ("criterion.", "fusion_handler.", "aux_decoders.")
"""Kept by Lightning, without a part in what an image of one source gives."""

_SOURCES = {
    "B": "aerial images and elevation",
    "C": "aerial images, elevation and SPOT",
    "D": "aerial images and Sentinel-2 series",
    "E": "aerial images and Sentinel-1 series",
    "F": "aerial images, Sentinel-2 and Sentinel-1 series",
    "G": "Sentinel-2 series",
    "H": "Sentinel-1 series",
    "I": "SPOT images",
    "J": "surface and terrain heights in metres",
    "K": "aerial images and historical ones",
    "L": "aerial images, elevation, SPOT, Sentinel-2 and Sentinel-1 series",
    "ALL": "every source of FLAIR-HUB",
}
BANDS = {"rgb": ("RED", "GREEN", "BLUE"), "ir": ("NIR", "RED", "GREEN"), "rgbi": ("RED", "GREEN", "BLUE", "NIR")}
_NAME = re.compile(r"FLAIR-HUB_(?P<task>LC|LPIS)-(?P<inputs>[A-Z]+)(?:_(?P<bands>IR|RGB))?_(?P<network>[a-z0-9]+-[a-z]+)", re.I)


@dataclass(frozen=True)
class Encoder:
    """@param attention side of Swin's attention windows in positions; 0 for ConvNeXt, which has none"""

    timm: str
    attention: int = 0
    options: Mapping[str, Any] = field(default_factory=dict)

    def smallest_window(self) -> int:
        """Pixels. In a smaller one the attention windows of the coarsest stage would shrink or not be shifted."""
        return MULTIPLE * (max(self.attention, 6) + 1)


ENCODERS = {
    "swintiny": Encoder("swin_tiny_patch4_window7_224", 7),
    "swinsmall": Encoder("swin_small_patch4_window7_224", 7),
    "swinbase": Encoder("swin_base_patch4_window12_384", 12),
    "swinlarge": Encoder("swin_large_patch4_window12_384", 12),
    "convnextv2tiny": Encoder("convnextv2_tiny"),
    "convnextv2base": Encoder("convnextv2_base"),
}
ARCHITECTURES = tuple(f"{name}-upernet" for name in ENCODERS)


@dataclass(frozen=True)
class HubLayout:
    """What a published network was built with."""

    encoder: str
    """Key of ENCODERS."""
    bands: tuple[str, ...]

    @property
    def mean(self) -> tuple[float, ...]:
        return tuple(MEAN[b] for b in self.bands)

    @property
    def std(self) -> tuple[float, ...]:
        return tuple(STD[b] for b in self.bands)

    def network(self, window: int) -> UPerNet:
        """For windows of that side only."""
        encoder = ENCODERS[self.encoder]
        least = encoder.smallest_window()
        if window < least or window % MULTIPLE:
            raise BadInput(
                f"{self.encoder}-upernet takes windows of {least} pixels or more in multiples of {MULTIPLE}, not {window}; "
                f"take --window {max(least, -(-window // MULTIPLE) * MULTIPLE)}"
            )
        return UPerNet(encoder, len(self.bands), window).eval()


def layout_of(path: Path, architecture: str | None, bands: str | None) -> HubLayout | None:
    """From the published file's name, unless told; None when neither speaks of FLAIR-HUB."""
    named = _NAME.search(str(path))
    if named:
        _refuse_other_inputs(path, named["task"].upper(), named["inputs"].upper())
        architecture = architecture or named["network"].lower()
        bands = bands or (named["bands"] or "").lower() or None
    elif architecture not in ARCHITECTURES:
        return None
    if architecture not in ARCHITECTURES:
        raise BadInput(f"{path}: {architecture} cannot be converted; of FLAIR-HUB's networks {', '.join(ARCHITECTURES)} can")
    if bands not in BANDS:
        raise BadInput(f"{path}: its name does not tell the bands; say --bands {', '.join(BANDS)} (ir: near infrared, red, green)")
    return HubLayout(architecture.removesuffix("-upernet"), BANDS[bands])


def _refuse_other_inputs(path: Path, task: str, inputs: str) -> None:
    if task == "LPIS":
        raise BadInput(f"{path}: maps crops (LPIS), not land cover; take a FLAIR-HUB_LC-A network")
    if inputs != "A":
        raise BadInput(
            f"{path}: needs {_SOURCES.get(inputs, 'other sources')}; a model of Survol sees one aerial image: "
            "take a FLAIR-HUB_LC-A network"
        )


def own_keys(path: Path, found: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Weights of the one encoder and the land cover decoder, under the names of UPerNet."""
    stored = {key.removeprefix("model."): value for key, value in found.items()}
    sources = sorted({key.split(".")[1] for key in stored if key.startswith("encoders.")})
    if sources and sources != ["AERIAL_RGBI"]:
        raise BadInput(f"{path}: has encoders for {', '.join(sources)}; a model of Survol sees one aerial image (AERIAL_RGBI)")
    tasks = sorted({key.split(".")[1] for key in stored if key.startswith("main_decoders.")})
    if tasks and "AERIAL_LABEL-COSIA" not in tasks:
        raise BadInput(f"{path}: has decoders for {', '.join(tasks)}, none for land cover (AERIAL_LABEL-COSIA)")
    weights = {}
    for key, value in stored.items():
        if key.startswith(ENCODER):
            key = "encoder." + key.removeprefix(ENCODER)
            if key.endswith((".relative_position_index", ".attn_mask")):
                continue  # older versions of timm stored what follows from the sizes
        elif key.startswith(DECODER):
            key = key.removeprefix(DECODER)
        elif key.startswith((*_UNUSED, "main_decoders.")):
            continue
        weights[key] = value
    return weights


def in_flairs_order(network: UPerNet) -> UPerNet:
    """The same network with its logits in the order of FLAIR's class list."""
    head = network.segmentation_head[0]
    assert isinstance(head, nn.Conv2d) and head.bias is not None
    order = torch.tensor(HUB_TO_FLAIR)
    with torch.no_grad():
        head.weight.copy_(head.weight[order])
        head.bias.copy_(head.bias[order])
    return network


class UPerNet(nn.Module):
    """Logits (N, 19, window, window) from normalised bands."""

    def __init__(self, encoder: Encoder, bands: int, window: int) -> None:
        super().__init__()
        self.encoder = _Features(encoder, bands, window)
        self.decoder = _Decoder(self.encoder.channels, window)
        self.segmentation_head = nn.Sequential(
            nn.Conv2d(_Decoder.OUT, LOGITS, 1), nn.Upsample(scale_factor=4, mode="bilinear", align_corners=True)
        )

    def forward(self, bands: Tensor) -> Tensor:
        return self.segmentation_head(self.decoder(self.encoder(bands)))


class _Features(nn.Module):
    """At a quarter, an eighth, a 16th and a 32nd of the size."""

    def __init__(self, encoder: Encoder, bands: int, window: int) -> None:
        super().__init__()
        import timm

        size = {"img_size": window} if encoder.attention else {}
        self.model = timm.create_model(
            encoder.timm, pretrained=False, features_only=True, in_chans=bands, out_indices=(0, 1, 2, 3), **size, **encoder.options
        )
        self.channels: list[int] = self.model.feature_info.channels()
        self._channels_last = getattr(self.model, "output_fmt", None) == "NHWC"

    def forward(self, bands: Tensor) -> list[Tensor]:
        features = self.model(bands)
        return [f.permute(0, 3, 1, 2).contiguous() for f in features] if self._channels_last else features


class _Decoder(nn.Module):
    PYRAMID, OUT = 256, 64

    def __init__(self, channels: list[int], window: int) -> None:
        super().__init__()
        self._quarter = window // 4
        *skips, deepest = channels
        self.psp = _PyramidPooling(deepest, self.PYRAMID, window // 32)
        stages = [_Skip(c, self.PYRAMID, window // side) for c, side in zip(reversed(skips), (16, 8, 4), strict=True)]
        # Published as built for an encoder that begins with an empty map at half the size and an image of one band:
        # the former's stage only resizes, the latter's is never reached.
        self.fpn_stages = nn.ModuleList([*stages, nn.Identity(), _Skip(1, self.PYRAMID, window)])
        self.fpn_bottleneck = _conv((len(channels) + 1) * self.PYRAMID, self.OUT, 3)

    def forward(self, features: list[Tensor]) -> Tensor:
        *skips, deepest = features
        maps = [self.psp(deepest)]
        for stage, skip in zip(self.fpn_stages, reversed(skips), strict=False):
            maps.append(stage(maps[-1], skip))
        maps.append(_resize(maps[-1], 2 * self._quarter))
        return self.fpn_bottleneck(torch.cat([_resize(m, self._quarter) for m in maps], dim=1))


class _Skip(nn.Module):
    def __init__(self, channels: int, pyramid: int, side: int) -> None:
        super().__init__()
        self.skip_conv = _conv(channels, pyramid, 1)
        self._side = side

    def forward(self, coarser: Tensor, skip: Tensor) -> Tensor:
        return _resize(coarser, self._side) + self.skip_conv(skip)


class _PyramidPooling(nn.Module):
    def __init__(self, channels: int, pyramid: int, side: int) -> None:
        super().__init__()
        self._side = side
        self.blocks = nn.ModuleList(
            [nn.Sequential(_AveragePool(bins, side), _conv(channels, channels // 4, 1)) for bins in (1, 2, 3, 6)]
        )
        self.out_conv = _conv(2 * channels, pyramid, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.out_conv(torch.cat([x, *(_resize(block(x), self._side) for block in self.blocks)], dim=1))


class _AveragePool(nn.Module):
    """Adaptive average pooling. ONNX has it only where the bins divide the side; there it is two matrix products."""

    def __init__(self, bins: int, side: int) -> None:
        super().__init__()
        self._bins = bins
        rows = torch.zeros(bins, side)
        for i in range(bins):
            first, end = i * side // bins, -(-(i + 1) * side // bins)
            rows[i, first:end] = 1 / (end - first)
        self.register_buffer("rows", rows, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        if torch.onnx.is_in_onnx_export():
            return self.rows @ x @ self.rows.T
        return F.adaptive_avg_pool2d(x, self._bins)


def _conv(inputs: int, outputs: int, kernel: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()
    )


def _resize(x: Tensor, side: int) -> Tensor:
    return F.interpolate(x, size=(side, side), mode="bilinear", align_corners=False)
