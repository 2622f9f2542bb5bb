# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import sys
from pathlib import Path

import pytest
from test_recipe import write_recipe

from survol_train.__main__ import TORCH_EXTRA, main
from survol_train.card import check
from survol_train.problems import BadInput


@pytest.mark.parametrize(
    "words", [["train", "RECIPE", "--run", "r"], ["export", "RECIPE", "--run", "r", "-o", "x"], ["convert", "x.pth", "-o", "x"]]
)
def test_a_command_that_needs_pytorch_says_so_without_it(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("convert", "graph", "hub", "learn", "lite", "network"):  # as when no test before needed it
        monkeypatch.delitem(sys.modules, f"survol_train.{name}", raising=False)
    for name in TORCH_EXTRA:
        monkeypatch.setitem(sys.modules, name, None)
    recipe = write_recipe(tmp_path)
    assert main([str(recipe) if w == "RECIPE" else w for w in words]) == 2
    problem = capsys.readouterr().err
    assert "torch is not installed: pip install -r training/requirements-torch.lock" in problem
    assert "Traceback" not in problem


def test_a_module_of_our_own_that_is_missing_is_a_bug(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "survol_train.card", None)
    with pytest.raises(ModuleNotFoundError):
        main(["evaluate", str(tmp_path / "x.onnx"), str(write_recipe(tmp_path))])


@pytest.mark.parametrize(
    ("name", "window", "margin", "words"),
    [
        ("flair.v2", 2048, 544, "cannot be named 'flair.v2'"),
        ("", 2048, 544, "cannot be named ''"),
        ("x" * 64, 2048, 544, "1 to 63 lower-case letters"),
        ("x", 2000, 544, "2000 px is no multiple of 32; take 1984"),
        ("x", 0, 0, "0 px is no multiple of 32; take 32"),
        ("x", -32, 0, "take 32"),
        ("x", 2048, -5, "cannot be -5 px"),
        ("x", 2048, 1024, "leaves nothing of a window of 2048 px; take a window of 4096"),
    ],
)
def test_a_card_that_the_service_would_refuse_is_not_written(name: str, window: int, margin: int, words: str) -> None:
    check("x-2", 32, 2048, 100)
    with pytest.raises(BadInput, match=words):
        check(name, 32, window, margin)
