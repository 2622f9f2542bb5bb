# SPDX-License-Identifier: Apache-2.0
"""The training loop. A run lives in a folder: `checkpoint.pt` (to go on from), `log.jsonl` (loss by step)."""

from __future__ import annotations

import json
import math
import signal
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from tqdm import tqdm

from survol_train.crops import Crops
from survol_train.dataset import Image
from survol_train.lite import LiteUNet
from survol_train.network import FoldedNetwork, SmallUNet, check_weights
from survol_train.problems import BadInput
from survol_train.recipe import Course, Recipe

CHECKPOINT = "checkpoint.pt"
SAVE_EVERY = 100
WARM_UP = 100
AVERAGE = 0.99


def network_of(recipe: Recipe) -> FoldedNetwork:
    kind = {"small-unet": SmallUNet, "lite-unet": LiteUNet}[recipe.network]
    return kind(len(recipe.bands), len(recipe.values))


class Normalised(nn.Module):
    """DN in, normalised out. An exported network has it in its first layer's weights."""

    def __init__(self, mean: tuple[float, ...], std: tuple[float, ...]) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean).reshape(1, -1, 1, 1))
        self.register_buffer("std", torch.tensor(std).reshape(1, -1, 1, 1))

    def forward(self, bands: Tensor) -> Tensor:
        return (bands - self.mean) / self.std


def train(
    recipe: Recipe,
    course: Course,
    images: list[tuple[Image, float]],
    run: Path,
    start: Path | None = None,
    encoder: Path | None = None,
    quiet: bool = False,
) -> tuple[int, float]:
    """Cross-entropy, AdamW; warm-up, plateau, descent. Goes on where `run` ended, or takes first weights from the run
    `start` and the published file `encoder`. Ctrl-C ends it after the step under way, saved; a second one at once. Returns
    how many steps the run has now, and the smoothed loss."""
    torch.manual_seed(course.seed)
    torch.use_deterministic_algorithms(True, warn_only=True)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    network = network_of(recipe).to(device, memory_format=torch.channels_last)
    if not (run / CHECKPOINT).exists():
        if encoder is not None:
            network.start_from(encoder, recipe.bands)
        if start is not None:
            take_over(network, read_checkpoint(start))
    average = network_of(recipe).to(device)
    average.load_state_dict(network.state_dict())
    optimiser = torch.optim.AdamW(_groups(network, course), lr=course.rate, weight_decay=course.weight_decay)
    normalise = Normalised(recipe.mean, recipe.std).to(device)
    run.mkdir(parents=True, exist_ok=True)
    done, smooth = 0, math.nan
    settings = _settings(recipe, course, images)
    if (run / CHECKPOINT).exists():
        saved = read_checkpoint(run)
        _same_model(saved, recipe, run)
        _same_settings(saved, settings, run)
        load_weights(network, saved["network"], run)
        load_weights(average, saved["average"], run)
        optimiser.load_state_dict(saved["optimiser"])
        done, smooth = saved["step"], saved["loss"]
    if done >= course.steps:
        return done, smooth
    crops = Crops(images, recipe, course)
    network.train()

    def save(step: int) -> None:
        state = {
            "network": network.state_dict(),
            "average": average.state_dict(),
            "optimiser": optimiser.state_dict(),
            "step": step,
            "loss": smooth,
            "recipe": recipe.name,
            "bands": list(recipe.bands),
            "values": recipe.values,
            "course": asdict(course),
            "settings": settings,
        }
        partial = run / (CHECKPOINT + ".partial")
        torch.save(state, partial)
        partial.replace(run / CHECKPOINT)
        loss = None if math.isnan(smooth) else round(smooth, 5)
        with (run / "log.jsonl").open("a") as log:
            log.write(json.dumps({"step": step, "loss": loss, "rate": rate(course, step)}) + "\n")

    bar = tqdm(crops.batches(done, course.steps), total=course.steps, initial=done, unit="step", disable=quiet)
    with _interruption() as interrupted:
        for step, (bands, truth) in enumerate(bar, done + 1):
            for group in optimiser.param_groups:
                group["lr"] = rate(course, step) * group["share"]
            pixels = normalise(torch.from_numpy(bands).to(device)).to(memory_format=torch.channels_last)
            loss = _loss(network, pixels, torch.from_numpy(truth).to(device), course.dice)
            value = loss.item()
            if not math.isfinite(value):
                raise _diverged(f"the loss became {value}", step, run)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            if not math.isfinite(nn.utils.clip_grad_norm_(network.parameters(), 5.0).item()):
                raise _diverged("the gradient became infinite", step, run)
            optimiser.step()
            _follow(average, network, min(AVERAGE, step / (step + 9)))
            if (truth >= 0).any():
                smooth = value if math.isnan(smooth) else 0.97 * smooth + 0.03 * value
            bar.set_postfix(loss=f"{smooth:.3f}", refresh=False)
            stop = interrupted()
            if stop or step % SAVE_EVERY == 0 or step == course.steps:
                save(step)
            if stop:
                raise KeyboardInterrupt
    return course.steps, smooth


@contextmanager
def _interruption() -> Iterator[Callable[[], bool]]:
    """Whether Ctrl-C was pressed within, to be asked where a step is whole: half of one cannot be gone on from. Pressed
    again, it does what it did before."""
    before = signal.getsignal(signal.SIGINT)
    pressed = False

    def once(*_: Any) -> None:
        nonlocal pressed
        pressed = True
        signal.signal(signal.SIGINT, before)

    # one that is ignored stays ignored, and only the main thread may set what a signal does
    heard = callable(before) and threading.current_thread() is threading.main_thread()
    if heard:
        signal.signal(signal.SIGINT, once)
    try:
        yield lambda: pressed
    finally:
        if heard:
            signal.signal(signal.SIGINT, before)


def _diverged(what: str, step: int, run: Path) -> BadInput:
    return BadInput(
        f"{what} at step {step}; {run} keeps what was saved before: lower the rate in the recipe and start again in a new folder"
    )


def _groups(network: FoldedNetwork, course: Course) -> list[dict[str, Any]]:
    slow = network.pretrained()
    slow_ones = {id(p) for p in slow}
    fresh = [p for p in network.parameters() if id(p) not in slow_ones]
    groups = [{"params": fresh, "share": 1.0}, {"params": slow, "share": course.encoder_rate}]
    return [g for g in groups if g["params"]]


def _loss(network: FoldedNetwork, pixels: Tensor, truth: Tensor, dice: float) -> Tensor:
    """Mean cross-entropy over the pixels whose class is known, without laying the logits out: a sixth of a step's time."""
    logits = network.folded(pixels)
    truth = F.pixel_unshuffle(truth[:, None], network.FOLD)
    count, pixels_each, height, width = truth.shape
    logits = logits.reshape(count, -1, pixels_each, height, width)
    if not (truth >= 0).any():
        return logits.sum() * 0  # the mean over no pixel is no number
    loss = F.cross_entropy(logits, truth, ignore_index=-1)
    return loss + dice * _dice_loss(logits, truth) if dice else loss


def _dice_loss(logits: Tensor, truth: Tensor) -> Tensor:
    """1 - Dice coefficient over the batch, mean of the classes in it: counts a rare class as much as a common one."""
    shares = torch.softmax(logits, dim=1) * (truth >= 0)[:, None]
    losses = []
    for index in torch.unique(truth[truth >= 0]).tolist():
        own, here = shares[:, index], truth == index
        losses.append(1 - 2 * (own * here).sum() / (own.sum() + here.sum()))
    return torch.stack(losses).mean() if losses else logits.sum() * 0


@torch.no_grad()
def take_over(network: nn.Module, saved: dict[str, Any]) -> list[str]:
    """First weights from another run; of its first layer the bands that both have. Returns the names of what stays as it
    was drawn, because its shape differs."""
    given = saved.get("average", saved["network"])
    drawn = []
    for name, own in network.state_dict().items():
        other = given.get(name)
        if other is not None and own.ndim == 4 and own.shape[0] == other.shape[0] and own.shape[1] < other.shape[1]:
            other = other[:, : own.shape[1]]
        if other is None or other.shape != own.shape:
            drawn.append(name)
        else:
            own.copy_(other)
    return drawn


def rate(course: Course, step: int) -> float:
    """Learning rate at a step, counted from 1."""
    warm = min(1.0, step / min(WARM_UP, max(1, course.steps // 10)))
    left = (course.steps - step + 1) / max(1.0, course.steps * course.settle)
    return course.rate * warm * min(1.0, left)


@torch.no_grad()
def _follow(average: nn.Module, network: nn.Module, keep: float) -> None:
    for mean, now in zip(average.state_dict().values(), network.state_dict().values(), strict=True):
        if mean.dtype.is_floating_point:
            mean.lerp_(now, 1 - keep)
        else:
            mean.copy_(now)


def read_checkpoint(run: Path) -> dict[str, Any]:
    path = run / CHECKPOINT if run.is_dir() else run
    try:
        return torch.load(path, weights_only=True, map_location="cpu")
    except FileNotFoundError:
        raise BadInput(f"{path}: no checkpoint; train first") from None
    except Exception as reason:
        raise BadInput(f"{path}: not a checkpoint of survol-train ({reason})") from None


def _same_model(saved: dict[str, Any], recipe: Recipe, run: Path) -> None:
    if (saved["bands"], saved["values"]) != (list(recipe.bands), recipe.values):
        raise BadInput(
            f"{run} was trained for bands {saved['bands']} and classes {saved['values']}, the recipe has "
            f"{list(recipe.bands)} and {recipe.values}; take another --run"
        )
    _same(saved.get("settings", {}), _model_settings(recipe), run)


def _same_settings(saved: dict[str, Any], settings: dict[str, Any], run: Path) -> None:
    """Runs from before settings were kept have their course alone."""
    kept = saved.get("settings", {f"training.{k}": v for k, v in saved["course"].items()})
    _same(kept, settings, run)


def _same(kept: dict[str, Any], settings: dict[str, Any], run: Path) -> None:
    differing = [f"{k} {kept[k]}, now {v}" for k, v in settings.items() if k in kept and kept[k] != v]
    if differing:
        raise BadInput(
            f"{run} was begun otherwise: {'; '.join(differing)}; put that back, or take another --run "
            f"(--start {run} begins with its weights)"
        )


def _model_settings(recipe: Recipe) -> dict[str, Any]:
    """What decides how a run's weights are to be used."""
    return {
        "network": recipe.network,
        "mean": list(recipe.mean),
        "std": list(recipe.std),
        "gsd_metres": recipe.gsd_metres,
    }


def _settings(recipe: Recipe, course: Course, images: list[tuple[Image, float]]) -> dict[str, Any]:
    """What decides a run besides its length: one that goes on with other settings would be neither the one nor the other."""
    training = {f"training.{k}": v for k, v in asdict(course).items() if k != "steps"}
    augmentation = {f"augmentation.{k}": v for k, v in asdict(recipe.augmentation).items()}
    return {**_model_settings(recipe), **training, **augmentation, "training images:": _fingerprint(images)}


def _fingerprint(images: list[tuple[Image, float]]) -> str:
    """Count and checksum of sizes, weights and how often each class shows. Not of all pixels: a large set would be decoded
    whole for it; nor of where the images lie."""
    checksum = 0
    for image, weight in images:
        checksum = zlib.crc32(f"{weight} {image.gsd_metres} {image.shape} {image.thinned()}".encode(), checksum)
    return f"{len(images)} with checksum {checksum:08x}"


def trained(run: Path, recipe: Recipe) -> FoldedNetwork:
    """The averaged network of a run."""
    saved = read_checkpoint(run)
    _same_model(saved, recipe, run)
    network = network_of(recipe)
    load_weights(network, saved["average"], run)
    return network.eval()


def load_weights(network: nn.Module, weights: dict[str, Tensor], path: Path) -> None:
    """All weights or none; what differs is listed."""
    check_weights(network.state_dict(), weights, path)
    network.load_state_dict(weights)


