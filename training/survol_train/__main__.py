# SPDX-License-Identifier: Apache-2.0
"""survol-train: train and export the bundled models."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import onnx

from survol_train.card import draft, export, read_card, write_card
from survol_train.learn import Course, read_checkpoint, train
from survol_train.scenes import Strip, load
from survol_train.score import confusion, intersection_over_union, overall_accuracy


def main() -> None:
    parser = argparse.ArgumentParser(prog="survol-train", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    learn = commands.add_parser("train", help="train on generated scenes and keep a checkpoint")
    learn.add_argument("checkpoint", type=Path)
    learn.add_argument("scenes", type=Path, nargs="+", help="folders written by `survol scene`")
    learn.add_argument("--bands", type=int, choices=(3, 4, 5), default=5)
    learn.add_argument("--steps", type=int, default=1500)
    learn.add_argument("--batch", type=int, default=8)
    learn.add_argument("--rate", type=float, default=3e-3, help="peak learning rate")
    learn.add_argument("--seed", type=int, default=1)
    learn.add_argument("--start", type=Path, help="checkpoint to take first weights from")
    learn.set_defaults(run=_train)

    ship = commands.add_parser("export", help="checkpoint to ONNX with card, measured on scenes never trained on")
    ship.add_argument("checkpoint", type=Path)
    ship.add_argument("model", type=Path, help="models/NAME.onnx; the name becomes the card's")
    ship.add_argument("scenes", type=Path, nargs="+", help="scenes to measure on")
    ship.add_argument("--nomenclature", type=Path, required=True, help="class list with codes, labels, colours (JSON)")
    ship.add_argument("--title", required=True)
    ship.add_argument("--version", default="1")
    ship.set_defaults(run=_export)

    judge = commands.add_parser("evaluate", help="accuracy of an exported model on scenes")
    judge.add_argument("model", type=Path)
    judge.add_argument("scenes", type=Path, nargs="+")
    judge.set_defaults(run=_evaluate)

    arguments = parser.parse_args()
    arguments.run(arguments)


def _strips(folders: list[Path]) -> list[Strip]:
    strips = [strip for folder in folders for strip in load(folder)]
    if not strips:
        raise SystemExit("no RGB strip in these scenes")
    return strips


def _train(arguments: argparse.Namespace) -> None:
    strips = _strips(arguments.scenes)
    values = sorted({int(v) for s in strips for v in np.unique(s.truth)} - {0})
    course = Course(
        arguments.bands, values, arguments.steps, arguments.batch, rate=arguments.rate, seed=arguments.seed
    )
    start = None
    if arguments.start:
        start, before = read_checkpoint(arguments.start)
        if before.values != values:
            raise SystemExit(f"{arguments.start} knows classes {before.values}, these scenes hold {values}")
    train(course, strips, start, arguments.checkpoint)


def _export(arguments: argparse.Namespace) -> None:
    network, course = read_checkpoint(arguments.checkpoint)
    nomenclature = json.loads(arguments.nomenclature.read_text())
    card = draft(arguments.model.stem, arguments.version, arguments.title, network, course, nomenclature)
    export(network, course, card, arguments.model)
    table = confusion(arguments.model, _strips(arguments.scenes))
    card["accuracy"] = {
        "overallAccuracy": round(overall_accuracy(table), 4),
        "meanIou": round(float(np.nanmean(intersection_over_union(table))), 4),
        "measuredOn": f"{len(arguments.scenes)} generated scenes never trained on, {int(table.sum()) / 1e6:.0f} Mpx",
    }
    model = onnx.load(str(arguments.model))
    write_card(model, card)
    onnx.save(model, str(arguments.model))
    _print(card, table)


def _evaluate(arguments: argparse.Namespace) -> None:
    _print(read_card(onnx.load(str(arguments.model))), confusion(arguments.model, _strips(arguments.scenes)))


def _print(card: dict, table: np.ndarray) -> None:
    print(f"{card['name']} {card['version']}: overall accuracy {overall_accuracy(table):.4f}, "
          f"mean IoU {np.nanmean(intersection_over_union(table)):.4f}, {table.sum() / 1e6:.1f} Mpx")
    for land_class, iou, row, column in zip(
        card["nomenclature"]["classes"], intersection_over_union(table), table, table.T, strict=True
    ):
        print(f"  {land_class['labelEn']:24} IoU {iou:.3f}  share of truth {row.sum() / table.sum():.3f}"
              f"  share of map {column.sum() / table.sum():.3f}")


if __name__ == "__main__":
    main()
