# SPDX-License-Identifier: Apache-2.0
"""The graph that Survol runs: bytes in, bytes out, everything between inside the network's file.

Measured on one core, the steps round the convolutions cost as much as they do when they are written carelessly, because
each of them passes over classes x pixels floats. So: normalisation is multiplied into the first layer's weights and the
temperature into the last one's; softmax is written out (ONNX Runtime's own transposes when the classes are not the last
axis), without subtracting the highest logit first; 255 is multiplied once into the reciprocal of the sum; rounding is
one `QuantizeLinear`; and pixels are put into place as bytes, by two transpositions of one axis each.
"""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import Tensor, nn

from survol_train.network import FoldedNetwork


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


class FoldedCardGraph(nn.Module):
    """The same of a folded network whose weights take DN, and whose pixels are laid out only when they are bytes."""

    LIMIT = 60.0
    """Logits are held within this, so that no exponential overflows: beyond it a class has all or nothing anyway."""

    def __init__(self, network: FoldedNetwork, values: list[int]) -> None:
        super().__init__()
        self.network = network
        self.register_buffer("values", torch.tensor(values, dtype=torch.uint8))

    def forward(self, window: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        logits = self.network.folded(window.float()).clamp(-self.LIMIT, self.LIMIT)
        n, channels, height, width = logits.shape
        side = self.network.FOLD
        # the pixels of a position count as more rows: all that follows works class by class
        logits = logits.reshape(n, channels // side**2, side**2 * height, width)
        shares = torch.exp(logits)
        shares = _Rounded.apply(shares * (255 / shares.sum(dim=1, keepdim=True)))
        classes = self.values[torch.argmax(logits, dim=1, keepdim=True)]
        confidence = torch.amax(shares, dim=1, keepdim=True)
        classes, shares, confidence = (_placed(x, side, height) for x in (classes, shares, confidence))
        return classes[:, 0], shares, confidence[:, 0]


def _placed(folded: Tensor, side: int, height: int) -> Tensor:
    n, channels, _, width = folded.shape
    columns = folded.reshape(n, channels, side, side, height, width).permute(0, 1, 2, 4, 5, 3)
    rows = columns.reshape(n, channels, side, height, width * side).transpose(2, 3)
    return rows.reshape(n, channels, height * side, width * side)


class _Rounded(torch.autograd.Function):
    """To the nearest byte, halves to the even one: one operator in ONNX instead of two passes."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return torch.round(x).to(torch.uint8)

    @staticmethod
    def symbolic(g: Any, x: Any) -> Any:
        one = g.op("Constant", value_t=torch.tensor(1.0))
        zero = g.op("Constant", value_t=torch.tensor(0, dtype=torch.uint8))
        return g.op("QuantizeLinear", x, one, zero)


def card_graph(
    network: nn.Module, mean: tuple[float, ...], std: tuple[float, ...], values: list[int], temperature: float
) -> nn.Module:
    """`temperature` divides the logits."""
    if isinstance(network, FoldedNetwork):
        return FoldedCardGraph(_for_bytes(network, mean, std, temperature), values).eval()
    if temperature != 1:
        network = _Cooled(network, temperature)
    return CardGraph(network, mean, std, values).eval()


@torch.no_grad()
def _for_bytes(network: FoldedNetwork, mean: tuple[float, ...], std: tuple[float, ...], temperature: float) -> FoldedNetwork:
    """The same network for bands in DN. Beyond the rim of a window lies DN 0 here, the mean in training: a margin as
    wide as the receptive field cuts away what that changes."""
    network = copy.deepcopy(network)
    first, normalisation = network.stem[0], network.stem[1]
    assert isinstance(first, nn.Conv2d) and isinstance(normalisation, nn.BatchNorm2d)
    first.weight.div_(torch.tensor(std).reshape(1, -1, 1, 1))
    assert normalisation.running_mean is not None and network.head.bias is not None
    normalisation.running_mean.add_((first.weight.sum((2, 3)) * torch.tensor(mean)).sum(1))
    network.head.weight.div_(temperature)
    network.head.bias.div_(temperature)
    return network


class _Cooled(nn.Module):
    def __init__(self, network: nn.Module, temperature: float) -> None:
        super().__init__()
        self.network = network
        self.temperature = temperature

    def forward(self, bands: Tensor) -> Tensor:
        return self.network(bands) / self.temperature
