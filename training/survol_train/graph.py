# SPDX-License-Identifier: Apache-2.0
"""The graph that Survol runs: bytes in, bytes out, everything between inside the network's file.

Measured on one core, the steps behind the last convolution cost as much as a third of all convolutions when they are
written carelessly, because each of them passes over classes x pixels floats. So: the temperature is divided into the last
layer's weights, softmax is written out (ONNX Runtime's own transposes when the classes are not the last axis), 255 is
multiplied once into the reciprocal of the sum, and pixels are put into place as bytes, not as floats.
"""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from survol_train.network import SmallUNet


class CardGraph(nn.Module):
    """Any network that gives logits (N, classes, H, W) for normalised bands."""

    def __init__(self, network: nn.Module, mean: tuple[float, ...], std: tuple[float, ...], values: list[int]) -> None:
        super().__init__()
        self.network = network
        self.register_buffer("mean", torch.tensor(mean).reshape(1, -1, 1, 1))
        self.register_buffer("scale", 1 / torch.tensor(std).reshape(1, -1, 1, 1))
        self.register_buffer("values", torch.tensor(values, dtype=torch.uint8))

    def forward(self, window: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        classes, shares, confidence = self._bytes(self.network((window.float() - self.mean) * self.scale))
        return classes[:, 0], shares, confidence[:, 0]

    def _bytes(self, logits: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        highest, index = torch.max(logits, dim=1, keepdim=True)
        shares = torch.exp(logits - highest)
        whole = 255 / shares.sum(dim=1, keepdim=True)
        return (
            self.values[index],
            torch.round(shares * whole).to(torch.uint8),
            torch.round(whole).to(torch.uint8),
        )


class FoldedCardGraph(CardGraph):
    """The same of a SmallUNet, whose four pixels a position are laid out only when they are bytes."""

    def forward(self, window: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        folded = self.network.folded((window.float() - self.mean) * self.scale)
        n, channels, height, width = folded.shape
        count = channels // 4
        classes, shares, confidence = self._bytes(folded.reshape(n, count, 4 * height, width))
        return (
            F.pixel_shuffle(classes.reshape(n, 4, height, width), 2)[:, 0],
            F.pixel_shuffle(shares.reshape(n, channels, height, width), 2),
            F.pixel_shuffle(confidence.reshape(n, 4, height, width), 2)[:, 0],
        )


def card_graph(
    network: nn.Module, mean: tuple[float, ...], std: tuple[float, ...], values: list[int], temperature: float
) -> CardGraph:
    """`temperature` divides the logits."""
    if isinstance(network, SmallUNet):
        cooled = copy.deepcopy(network)
        with torch.no_grad():
            cooled.head.weight.div_(temperature)
            assert cooled.head.bias is not None
            cooled.head.bias.div_(temperature)
        return FoldedCardGraph(cooled, mean, std, values).eval()
    if temperature != 1:
        network = _Cooled(network, temperature)
    return CardGraph(network, mean, std, values).eval()


class _Cooled(nn.Module):
    def __init__(self, network: nn.Module, temperature: float) -> None:
        super().__init__()
        self.network = network
        self.temperature = temperature

    def forward(self, bands: Tensor) -> Tensor:
        return self.network(bands) / self.temperature
