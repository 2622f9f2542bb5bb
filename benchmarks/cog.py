#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writing a COG alone, one thread: CPU time of ours (warm, the raster in memory) and of gdal_translate -of COG (its input
uncompressed and in the page cache; its start, some 30 ms, counted). Give it a 4-band and a class raster."""

import os
import pathlib
import resource
import statistics
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import ingest  # noqa: E402


def theirs(image, target, options):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(["gdal_translate", "-q", "-of", "COG", "-co", "BLOCKSIZE=512", *options, image, target], check=True,
                   env=dict(os.environ, GDAL_NUM_THREADS="1", GDAL_CACHEMAX="1024"))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def main():
    work, repeats = pathlib.Path(sys.argv[1]), 5
    print("| raster | compression | ours, CPU ms | GDAL, CPU ms | ours, MB | GDAL, MB |\n|---|---|---|---|---|---|")
    for image in sys.argv[2:]:
        bands = int(subprocess.run(f"gdalinfo {image} | grep -c '^Band '", shell=True, capture_output=True, text=True).stdout)
        for method, level in (("ZSTD", 1), ("DEFLATE", 6)):
            options = ["-co", f"COMPRESS={method}", "-co", f"LEVEL={level}", "-co", "NUM_THREADS=1"]
            options += ["-co", "OVERVIEW_RESAMPLING=NEAREST"] if bands == 1 else [
                "-co", "PREDICTOR=YES", "-co", "OVERVIEW_RESAMPLING=AVERAGE"]
            mine, other = work / "ours.cog.tif", work / "gdal.cog.tif"
            out = subprocess.run(ingest.java("org.survol.ingest.CogRuns", image, mine, method, repeats + 3, heap="2g"),
                                 capture_output=True, text=True, check=True).stdout.split()
            gdal = [theirs(image, other, options) for _ in range(repeats)]
            print(f"| {pathlib.Path(image).name}, {bands} band(s) | {method} {level} "
                  f"| {statistics.median(map(int, out[3:])):.0f} | {statistics.median(gdal):.0f} "
                  f"| {mine.stat().st_size / 1e6:.1f} | {other.stat().st_size / 1e6:.1f} |", flush=True)


if __name__ == "__main__":
    main()
