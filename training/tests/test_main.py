# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import sys
from pathlib import Path

import pytest
from test_recipe import write_recipe

from survol_train.__main__ import TORCH_EXTRA, main


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
    monkeypatch.setitem(sys.modules, "survol_train.report", None)
    with pytest.raises(ModuleNotFoundError):
        main(["evaluate", str(tmp_path / "x.onnx"), str(write_recipe(tmp_path))])
