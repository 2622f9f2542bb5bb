#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Class rasters to polygons: ours beside GDAL's polygonize, 4- and 8-connected, one thread each, on the same raster in the
same run, taking turns. Needs GDAL's Python bindings and `./mvnw -Pbenchmarks -pl benchmarks -am -Dquick -DskipTests package`.

Both sides have the raster in memory and leave polygons in memory; nothing is read or written while the clock runs. GDAL gives
them to a layer of its Memory driver. Figures are CPU time of the thread.

Rasters: the classes of a generated flight (clean); a mosaic of real predictions, turned and mirrored, if --predictions names a
folder of them; the first of these with a share of its pixels thrown to random classes (noisy); a checkerboard.
"""

import argparse
import pathlib
import statistics
import sys
import time

import numpy as np
from osgeo import gdal, ogr

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import ingest  # noqa: E402

gdal.UseExceptions()


def clean(work, side):
    flight = work / f"scene-{side}"
    if not (flight / "truth" / "classes.tif").exists():
        ingest.run(*ingest.java("org.survol.scene.SceneMain", "--seed", 7, "--size", side // 5, "--vintage", 2024, "-o",
                                flight, heap="3g"))
    return gdal.Open(str(flight / "truth" / "classes.tif")).ReadAsArray()[:side, :side].copy()


def predicted(folder, side):
    patches = [gdal.Open(str(f)).ReadAsArray() + 1 for f in sorted(folder.glob("*.tif"))]
    size = patches[0].shape[0]
    random, cells = np.random.default_rng(5), -(-side // size)
    rows = []
    for _ in range(cells):
        row = []
        for _ in range(cells):
            patch = np.rot90(patches[random.integers(len(patches))], random.integers(4))
            row.append(patch[:, ::-1] if random.integers(2) else patch)
        rows.append(np.hstack(row))
    return np.vstack(rows)[:side, :side].astype(np.uint8)


def noisy(raster, share):
    random = np.random.default_rng(9)
    thrown = random.random(raster.shape) < share
    return np.where(thrown, random.integers(1, 14, raster.shape), raster).astype(np.uint8)


class Ours(ingest.Lines):
    def __init__(self, file, side, heap):
        super().__init__(ingest.java("org.survol.vectorize.PolygonizingRuns", file, side, heap=heap), None, greets=False)


def theirs(raster, connected):
    side = raster.shape[0]
    dataset = gdal.GetDriverByName("MEM").Create("", side, side, 1, gdal.GDT_Byte)
    dataset.GetRasterBand(1).WriteArray(raster)
    memory = ogr.GetDriverByName("Memory").CreateDataSource("")
    layer = memory.CreateLayer("", geom_type=ogr.wkbPolygon)
    layer.CreateField(ogr.FieldDefn("class", ogr.OFTInteger))
    begin = time.thread_time_ns()
    gdal.Polygonize(dataset.GetRasterBand(1), None, layer, 0, ["8CONNECTED=8"] if connected == 8 else [])
    return time.thread_time_ns() - begin, layer.GetFeatureCount()


def spread(values):
    return f"{statistics.median(values):.1f} ({min(values):.1f} to {max(values):.1f})"


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--work", type=pathlib.Path, default=ingest.HERE / "target" / "polygonize")
    arguments.add_argument("--side", type=int, default=5120)
    arguments.add_argument("--pairs", type=int, default=5)
    arguments.add_argument("--warm", type=int, default=3, help="runs of ours before the first that counts")
    arguments.add_argument("--noise", type=float, default=0.02)
    arguments.add_argument("--predictions", type=pathlib.Path)
    arguments.add_argument("--heap", default="3g")
    arguments.add_argument("--only", nargs="*")
    options = arguments.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    side = options.side
    rasters = {"clean": clean(options.work, side)}
    if options.predictions:
        rasters["predictions"] = predicted(options.predictions, side)
    rasters[f"noisy, {100 * options.noise:g} %"] = noisy(rasters["clean"], options.noise)
    half = min(side, 1024)
    rasters["checkerboard"] = (1 + np.indices((half, half)).sum(0) % 2).astype(np.uint8)
    print("| raster | polygons | ours: trace, Mpx/s | ours: trace and polygons, Mpx/s | GDAL 4-connected | GDAL 8-connected "
          "| ratio to the faster, pair by pair | peak RSS, MiB |\n|---|---|---|---|---|---|---|---|", flush=True)
    for name, raster in rasters.items():
        if options.only and name.split(",")[0] not in options.only:
            continue
        mega = raster.size / 1e6
        file = options.work / "raster.bin"
        raster.tofile(file)
        ours = Ours(file, raster.shape[0], options.heap)
        for _ in range(options.warm):
            ours.run()
        trace, whole, four, eight, ratios = [], [], [], [], []
        for _ in range(options.pairs):
            mine = ours.run()
            trace.append(1e9 * mega / mine["trace"])
            whole.append(1e9 * mega / (mine["trace"] + mine["polygons"]))
            nanos, count = theirs(raster, 4)
            four.append(1e9 * mega / nanos)
            if count != mine["regions"]:
                raise SystemExit(f"{name}: GDAL finds {count} polygons, ours {mine['regions']}")
            eight.append(1e9 * mega / theirs(raster, 8)[0])
            ratios.append(whole[-1] / max(four[-1], eight[-1]))
        print(f"| {name}, {raster.shape[0]} px a side | {mine['regions']:,} | {spread(trace)} | {spread(whole)} | {spread(four)} "
              f"| {spread(eight)} | {spread(ratios)} | {ours.peak_mib()} |", flush=True)
        ours.close()


if __name__ == "__main__":
    sys.exit(main())
