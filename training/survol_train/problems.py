# SPDX-License-Identifier: Apache-2.0
"""What is wrong with an input, in words for the person who gave it."""

from __future__ import annotations


class BadInput(Exception):
    """Says which file, what is wrong with it and what mends it. The command ends with exit code 2 and no traceback."""
