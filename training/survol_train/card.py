# SPDX-License-Identifier: Apache-2.0
"""Export to ONNX with the model card inside the file. docs/model-card.schema.json says what a card holds."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import onnx

from survol_train.problems import BadInput

KEY = "survol.card"
OPSET = 17
OUTPUTS = ("classes", "probabilities", "confidence")
STRIDE = 1024
"""Kept side of a window: divides the usual tile sizes, so that a stack's halo is just the margin."""


def draft(
    *,
    name: str,
    version: str,
    title: str,
    nomenclature: dict[str, Any],
    bands: tuple[str, ...],
    gsd_metres: float,
    reach: int,
    multiple: int,
    licence: str,
    training_data: str,
    temperature: float = 1.0,
    window: int | None = None,
    margin: int | None = None,
    domain: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """A card without accuracy. Unless told otherwise the margin is the receptive field rounded up, so that what a
    window keeps is what the whole image would have given."""
    margin = -(-reach // multiple) * multiple if margin is None else margin
    window = STRIDE + 2 * margin if window is None else window
    check(name, multiple, window, margin)
    card = {
        "cardVersion": 1,
        "name": name,
        "version": version,
        "title": title,
        "nomenclature": nomenclature,
        "bands": list(bands),
        "gsdMetres": gsd_metres,
        "windowMultiple": multiple,
        "windowSize": window,
        "marginPixels": margin,
        "receptiveFieldPixels": reach,
        "temperature": temperature,
        "licence": licence,
        "trainingData": training_data,
    }
    return card if domain is None else card | {"domain": domain}


def check(name: str, multiple: int, window: int, margin: int) -> None:
    """Refuses what the service would refuse; sizes in pixels."""
    if not re.fullmatch("[a-z0-9][a-z0-9-]{0,62}", name):
        raise BadInput(f"a model cannot be named {name!r}; take 1 to 63 lower-case letters, digits and dashes")
    if margin < 0:
        raise BadInput(f"a margin cannot be {margin} px; take 0 or more")
    if window < multiple or window % multiple:
        raise BadInput(
            f"a window of {window} px is no multiple of {multiple}; take {max(1, round(window / multiple)) * multiple}"
        )
    if 2 * margin >= window:
        more = -(-4 * margin // multiple) * multiple
        raise BadInput(f"a margin of {margin} px leaves nothing of a window of {window} px; take a window of {more}")


def export(graph: Any, card: dict[str, Any], path: Path, any_size: bool = True) -> None:
    """Writes `path` and leaves nothing behind when something fails.

    @param any_size whether the graph takes windows of any size; else of the card's alone
    """
    import torch

    size = card["windowMultiple"] * 8 if any_size else card["windowSize"]
    sides = {2: "h", 3: "w"} if any_size else {}
    planes = {1: "h", 2: "w"} if any_size else {}
    partial = path.with_suffix(".partial")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        torch.onnx.export(
            graph,
            (torch.zeros(1, len(card["bands"]), size, size, dtype=torch.uint8),),
            str(partial),
            input_names=["input"],
            output_names=list(OUTPUTS),
            dynamic_axes={
                "input": {0: "n", **sides},
                "classes": {0: "n", **planes},
                "probabilities": {0: "n", **sides},
                "confidence": {0: "n", **planes},
            },
            opset_version=OPSET,
            dynamo=False,  # the newer exporter fixes the reshapes' sizes
        )
        model = onnx.load(str(partial))
        onnx.checker.check_model(model)
        model.producer_name = "survol-train"
        write_card(model, card)
        onnx.save(model, str(partial))
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def write_card(model: onnx.ModelProto, card: dict[str, Any]) -> None:
    entry = next((p for p in model.metadata_props if p.key == KEY), None)
    if entry is None:
        entry = model.metadata_props.add()
        entry.key = KEY
    entry.value = json.dumps(card, ensure_ascii=False, separators=(",", ":"))


def read_card(path: Path) -> dict[str, Any]:
    try:
        model = onnx.load(str(path))
    except FileNotFoundError:
        raise BadInput(f"{path}: no such model") from None
    except Exception as reason:
        raise BadInput(f"{path}: not an ONNX model ({reason})") from None
    for entry in model.metadata_props:
        if entry.key == KEY:
            return json.loads(entry.value)
    raise BadInput(f"{path}: carries no model card; `survol model attach-card` gives it one")


def amend(path: Path, **fields: Any) -> dict[str, Any]:
    """Changes fields of the card inside a file; the graph stays byte for byte what it was."""
    card = read_card(path)
    card.update(fields)
    model = onnx.load(str(path))
    write_card(model, card)
    partial = path.with_suffix(".partial")
    onnx.save(model, str(partial))
    partial.replace(path)
    return card
