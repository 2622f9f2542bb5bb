# SPDX-License-Identifier: Apache-2.0
"""The training loop."""

from __future__ import annotations

import math
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from survol_train.network import SmallUNet
from survol_train.scenes import Crops, Strip

MEAN = [105.08, 110.87, 101.82, 106.38, 53.26]
STD = [52.17, 45.38, 44.00, 39.69, 79.30]
"""R, G, B, NIR, elevation of FLAIR#1 in DN, as published: the field's usual normalisation of such stacks."""


@dataclass(frozen=True)
class Course:
    """What decides a training, besides its scenes."""

    bands: int
    values: list[int]
    steps: int
    batch: int = 8
    crop: int = 256
    rate: float = 3e-3
    seed: int = 1


def train(course: Course, strips: list[Strip], start: SmallUNet | None, checkpoint: Path) -> SmallUNet:
    """Cross-entropy, AdamW, one cycle. `start` gives first weights where shapes agree."""
    torch.manual_seed(course.seed)
    network = SmallUNet(course.bands, len(course.values)).to(memory_format=torch.channels_last)
    if start is not None:
        _take_over(network, start)
    crops = Crops(strips, course.bands, course.crop, course.values, course.seed)
    loss_of = nn.CrossEntropyLoss(ignore_index=-1, label_smoothing=0.02)
    optimiser = torch.optim.AdamW(network.parameters(), lr=course.rate, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, course.rate, course.steps, pct_start=0.15)
    network.train()
    smooth, began = math.nan, time.monotonic()
    for step in range(1, course.steps + 1):
        bands, truth = crops.batch(course.batch)
        logits = network(normalised(bands).to(memory_format=torch.channels_last))
        loss = loss_of(logits, torch.from_numpy(truth))
        if not torch.isfinite(loss):
            raise SystemExit(f"the loss became {loss.item()} at step {step}: lower --rate and start again")
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        schedule.step()
        smooth = loss.item() if math.isnan(smooth) else 0.95 * smooth + 0.05 * loss.item()
        if step % 20 == 0 or step == course.steps:
            left = (time.monotonic() - began) / step * (course.steps - step)
            print(f"\rstep {step}/{course.steps}  loss {smooth:.3f}  {left / 60:.1f} min left ", end="", file=sys.stderr)
        if step % 200 == 0 or step == course.steps:
            torch.save({"network": network.state_dict(), "course": course.__dict__}, checkpoint)
    print(file=sys.stderr)
    return network.eval()


def normalised(bands: np.ndarray) -> Tensor:
    count = bands.shape[1]
    mean = torch.tensor(MEAN[:count]).reshape(1, -1, 1, 1)
    std = torch.tensor(STD[:count]).reshape(1, -1, 1, 1)
    return (torch.from_numpy(np.ascontiguousarray(bands, np.float32)) - mean) / std


def read_checkpoint(path: Path) -> tuple[SmallUNet, Course]:
    saved = torch.load(path, weights_only=True)
    course = Course(**saved["course"])
    network = SmallUNet(course.bands, len(course.values))
    network.load_state_dict(saved["network"])
    return network.eval(), course


def _take_over(network: SmallUNet, start: SmallUNet) -> None:
    """Weights of another network; of its first layer only the bands that both have."""
    weights = start.state_dict()
    for name, own in network.state_dict().items():
        given = weights[name]
        if own.ndim == 4 and own.shape != given.shape:
            given = given[:, : own.shape[1]]
        own.copy_(given)
