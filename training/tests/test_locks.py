# SPDX-License-Identifier: Apache-2.0
"""The committed locks, against what the packages installed here say that they need."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

HERE = Path(__file__).resolve().parents[1]
CUDA = ("nvidia-", "cuda-", "triton")


def locked(file: str) -> dict[str, str]:
    """Versions by name, those of the locks that it builds on included."""
    found: dict[str, str] = {}
    for line in (HERE / file).read_text().splitlines():
        if line.startswith("-r "):
            found |= locked(line.removeprefix("-r "))
        elif line and not line.startswith("#"):
            name, version = line.split("==")
            found[canonicalize_name(name)] = version
    return found


@pytest.mark.parametrize("file", ["requirements.lock", "requirements-torch.lock", "requirements-cuda.lock"])
def test_a_lock_names_all_that_its_packages_need(file: str) -> None:
    own, missing = locked(file), []
    for name, version in own.items():
        try:
            installed = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
        if installed.version.partition("+")[0] != version:
            continue
        for line in installed.requires or []:
            needed = Requirement(line)
            wanted = needed.marker is None or needed.marker.evaluate({"extra": ""})
            left_out = file != "requirements-cuda.lock" and needed.name.startswith(CUDA)
            if wanted and not left_out and canonicalize_name(needed.name) not in own:
                missing.append(f"{needed.name} for {name}")
    assert missing == []
