#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Draws docs/images/vectorizing-*.png from GeoPackages that org.survol.vectorize.ProductRuns wrote. Needs matplotlib.

vectorize_pictures.py FOLDER OUT NAME EASTING NORTHING METRES: the same window of FOLDER/{exact,detail,ocs-ge} side by side,
polygons in their legend's colours, edges and corners drawn.
"""

import pathlib
import sqlite3
import struct
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402
from matplotlib.patches import PathPatch  # noqa: E402
from matplotlib.path import Path  # noqa: E402


def polygons(file, west, south, east, north):
    connection = sqlite3.connect(file)
    for blob, colour in connection.execute(
            "SELECT f.geom, f.colour FROM land_cover f JOIN rtree_land_cover_geom r ON r.id = f.fid"
            " WHERE r.maxx > ? AND r.minx < ? AND r.maxy > ? AND r.miny < ?", (west, east, south, north)):
        rings, at = struct.unpack_from("<I", blob, 45)[0], 49
        shapes = []
        for _ in range(rings):
            points = struct.unpack_from("<I", blob, at)[0]
            numbers = struct.unpack_from(f"<{2 * points}d", blob, at + 4)
            shapes.append(list(zip(numbers[::2], numbers[1::2])))
            at += 4 + 16 * points
        yield shapes, colour


def main():
    folder, out, name = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3]
    west, south, metres = map(float, sys.argv[4:7])
    rules = ["exact", "detail", "ocs-ge"]
    figure, axes = plt.subplots(1, len(rules), figsize=(12, 4.3), dpi=110)
    for axis, rule in zip(axes, rules):
        corners = 0
        for shapes, colour in polygons(folder / rule / "land_cover.gpkg", west, south, west + metres, south + metres):
            vertices = [p for shape in shapes for p in shape]
            codes = [c for s in shapes for c in [Path.MOVETO] + [Path.LINETO] * (len(s) - 2) + [Path.CLOSEPOLY]]
            axis.add_patch(PathPatch(Path(vertices, codes), facecolor=colour, edgecolor="black", linewidth=0.7, alpha=0.8))
            seen = [p for p in vertices if west <= p[0] <= west + metres and south <= p[1] <= south + metres]
            corners += len(seen)
            if metres <= 40:
                axis.plot(*zip(*seen), "k.", markersize=2.5) if seen else None
        axis.set(xlim=(west, west + metres), ylim=(south, south + metres), xticks=[], yticks=[], aspect="equal",
                 title=f"{rule}: {corners:,} corners")
    figure.suptitle(f"{metres:g} m x {metres:g} m", fontsize=9, y=0.02)
    figure.tight_layout()
    figure.savefig(out / f"vectorizing-{name}.png")


if __name__ == "__main__":
    main()
