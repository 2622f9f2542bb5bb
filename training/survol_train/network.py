# SPDX-License-Identifier: Apache-2.0
"""A small U-Net for aerial images, made to run at megapixels per second on a CPU core.

Sixteen neighbouring pixels go in as one position of 64 channels and come out as sixteen again, so no convolution runs at
full or half resolution, where memory, not arithmetic, is what takes time. 11 kMAC per pixel; a U-Net with a ResNet-34
encoder takes 123.
"""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn
from torch.nn import functional as F

WINDOW_MULTIPLE = 16
"""Four halvings: height and width of an input must be multiples of this."""


def _conv(inputs: int, outputs: int, kernel: int = 3, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride=stride, padding=(kernel - 1) // 2, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


class SmallUNet(nn.Module):
    """Logits (N, classes, H, W) from normalised bands (N, bands, H, W)."""

    FOLD = 4
    """Side, in pixels, of the square that one position stands for."""

    def __init__(self, bands: int, classes: int, widths: tuple[int, ...] = (64, 96, 128)) -> None:
        super().__init__()
        w4, w8, w16 = widths
        stem = nn.Conv2d(bands, w4, self.FOLD, stride=self.FOLD, bias=False)
        self.stem = nn.Sequential(stem, nn.BatchNorm2d(w4), nn.ReLU(inplace=True))
        self.at4 = _conv(w4, w4)
        self.at8 = nn.Sequential(_conv(w4, w8, stride=2), _conv(w8, w8))
        self.at16 = nn.Sequential(_conv(w8, w16, stride=2), _conv(w16, w16), _conv(w16, w16))
        self.to8 = _conv(w16, w8, 1)
        self.up8 = _conv(w8, w8)
        self.to4 = _conv(w8, w4, 1)
        self.up4 = _conv(w4, w4)
        self.head = nn.Conv2d(w4, self.FOLD**2 * classes, 1)

    def folded(self, bands: Tensor) -> Tensor:
        """Logits at a quarter of the resolution, (N, 16 x classes, H/4, W/4): for each class its 16 pixels, row by row."""
        at4 = self.at4(self.stem(bands))
        at8 = self.at8(at4)
        deep = self.up8(_double(self.to8(self.at16(at8))) + at8)
        deep = self.up4(_double(self.to4(deep)) + at4)
        return self.head(deep)

    def forward(self, bands: Tensor) -> Tensor:
        return F.pixel_shuffle(self.folded(bands), self.FOLD)


def _double(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2.0, mode="nearest")


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
