# SPDX-License-Identifier: Apache-2.0
"""A small U-Net for aerial images, made to run at megapixels per second on a CPU core, and what it shares with others.

Sixteen neighbouring pixels go in as one position of 64 channels and come out as sixteen again, so no convolution runs at
full or half resolution, where memory, not arithmetic, is what takes time. 11 kMAC per pixel; a U-Net with a ResNet-34
encoder takes 123.
"""

from __future__ import annotations

import copy
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from survol_train.problems import BadInput

WINDOW_MULTIPLE = 16
"""Four halvings: height and width of an input must be multiples of this."""


def conv(inputs: int, outputs: int, kernel: int = 3, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride=stride, padding=(kernel - 1) // 2, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


class FoldedNetwork(nn.Module):
    """Gives logits before its pixels are laid out. Its first layer is `stem[0]`, normalised by `stem[1]`; its last, `head`."""

    FOLD: int
    """Side, in pixels, of the square that one position stands for."""

    stem: nn.Sequential
    head: nn.Conv2d

    def folded(self, bands: Tensor) -> Tensor:
        """Logits (N, FOLD² x classes, H / FOLD, W / FOLD): for each class the pixels of a position, row by row."""
        raise NotImplementedError

    def forward(self, bands: Tensor) -> Tensor:
        return F.pixel_shuffle(self.folded(bands), self.FOLD)

    def pretrained(self) -> list[nn.Parameter]:
        """What begins with weights from elsewhere, and so learns more slowly."""
        return []

    def start_from(self, path: Path, bands: tuple[str, ...]) -> None:
        """Takes such weights from a file."""
        raise BadInput(f"{path}: this network has no encoder that published weights fit; leave --encoder out")


class SmallUNet(FoldedNetwork):
    """Logits (N, classes, H, W) from normalised bands (N, bands, H, W)."""

    FOLD = 4

    def __init__(self, bands: int, classes: int, widths: tuple[int, ...] = (64, 96, 128)) -> None:
        super().__init__()
        w4, w8, w16 = widths
        stem = nn.Conv2d(bands, w4, self.FOLD, stride=self.FOLD, bias=False)
        self.stem = nn.Sequential(stem, nn.BatchNorm2d(w4), nn.ReLU(inplace=True))
        self.at4 = conv(w4, w4)
        self.at8 = nn.Sequential(conv(w4, w8, stride=2), conv(w8, w8))
        self.at16 = nn.Sequential(conv(w8, w16, stride=2), conv(w16, w16), conv(w16, w16))
        self.to8 = conv(w16, w8, 1)
        self.up8 = conv(w8, w8)
        self.to4 = conv(w8, w4, 1)
        self.up4 = conv(w4, w4)
        self.head = nn.Conv2d(w4, self.FOLD**2 * classes, 1)

    def folded(self, bands: Tensor) -> Tensor:
        at4 = self.at4(self.stem(bands))
        at8 = self.at8(at4)
        deep = self.up8(double(self.to8(self.at16(at8))) + at8)
        deep = self.up4(double(self.to4(deep)) + at4)
        return self.head(deep)


def double(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2.0, mode="nearest")


def check_weights(own: dict[str, Tensor], weights: dict[str, Tensor], path: Path) -> None:
    """Refuses weights that are not those of a network name by name and shape by shape; what differs is listed."""
    problems = [f"missing {k} {tuple(own[k].shape)}" for k in own if k not in weights]
    problems += [f"not expected {k} {tuple(weights[k].shape)}" for k in weights if k not in own]
    problems += [
        f"{k} is {tuple(weights[k].shape)}, expected {tuple(own[k].shape)}"
        for k in own
        if k in weights and weights[k].shape != own[k].shape
    ]
    if problems:
        shown = "\n  ".join(problems[:40])
        more = f"\n  and {len(problems) - 40} more" if len(problems) > 40 else ""
        raise BadInput(f"{path}: {len(problems)} of {len(own)} weights do not fit the network:\n  {shown}{more}")


def receptive_field(network: nn.Module, bands: int, size: int = 512, multiple: int = WINDOW_MULTIPLE) -> int:
    """Distance in pixels from which an input still reaches an output, measured by gradient over the phases of the
    poolings, in a strip `size` long: every layer reaches as far across as along. Batch normalisation runs in evaluation
    mode (in training it reaches everywhere), numbers in double precision (the rim's gradients are tiny)."""
    network = copy.deepcopy(network).double().eval()
    reach = 0
    width = 2 * multiple
    for phase in sorted({0, 1, multiple // 3, multiple // 2, multiple - 1}):
        row, column = size // 2 + phase, width // 2
        window = torch.rand(1, bands, size, width, dtype=torch.float64, requires_grad=True)
        network(window)[0, :, row, column].sum().backward()
        assert window.grad is not None
        touched = window.grad.abs().sum((0, 1, 3)).nonzero()
        reach = max(reach, int((touched - row).abs().max()))
    return reach
