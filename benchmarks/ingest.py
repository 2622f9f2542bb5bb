#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Source strips to 5-band tile COGs: ours beside gdalwarp + gdal_translate -of COG, on the same input in the same run.

Needs GDAL's command line tools and `./mvnw -Pbenchmarks -pl benchmarks -am -Dquick -DskipTests package`.

Both sides read the same files, use the same number of threads, kernel, compression, level and block size, and write to the
same disk; runs alternate. GDAL's side stacks the strips in VRTs (mosaic order as ours, elevation by a pixel function), cuts
each tile with its halo with gdalwarp into an uncompressed file and turns that into a COG. It is run in two arrangements, one
process with N threads and N processes with one, of which the faster is the one to compare with; and, where no pixel has to
be resampled, a third that leaves gdalwarp out.
"""

import argparse
import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent


def java(*arguments, heap):
    lib = HERE / "target" / "lib"
    classpath = os.environ.get("SURVOL_BENCH_CLASSPATH") or f"{lib}/*:{HERE}/target/*"
    home = os.environ.get("JAVA_HOME")
    binary = f"{home}/bin/java" if home else "java"
    return [binary, "--enable-native-access=ALL-UNNAMED", f"-Xmx{heap}", "-cp", classpath, *map(str, arguments)]


def run(*command):
    subprocess.run([str(c) for c in command], check=True, stdout=subprocess.DEVNULL)


def reprojected(delivery, target, epsg):
    """The same strips as another surveyor would deliver them: in another CRS, with a mask where they lie askew."""
    target.mkdir(parents=True, exist_ok=True)
    item = json.loads((delivery / "item.json").read_text())
    for asset in item["assets"].values():
        source, copy = delivery / asset["href"], target / asset["href"]
        heights = asset["survol:role"] in ("DSM", "DTM")
        if not copy.exists():
            run("gdalwarp", "-q", "-overwrite", "-t_srs", f"EPSG:{epsg}", "-tr", "0.2", "0.2", "-r", "cubic",
                "-multi", "-wo", "NUM_THREADS=2", "-co", "TILED=YES", "-co", "BLOCKXSIZE=512", "-co", "BLOCKYSIZE=512",
                "-co", "COMPRESS=ZSTD", "-co", "ZSTD_LEVEL=1", "-co", f"PREDICTOR={3 if heights else 2}",
                *([] if heights else ["-dstnodata", "0"]), source, copy)
        for field in ("file:size", "file:checksum", "proj:code", "proj:transform", "proj:shape"):
            asset.pop(field, None)
    item["properties"].pop("proj:code", None)
    (target / "item.json").write_text(json.dumps(item))


class Lines:
    """A process that greets with a line of JSON, if it greets, and answers each line with one."""

    def __init__(self, command, log, greets=True):
        self.process = subprocess.Popen([str(c) for c in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=open(log, "w") if log else None, text=True)
        self.greeting = json.loads(self.process.stdout.readline()) if greets else None

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def run(self):
        return self.ask("go")

    def peak_mib(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) // 1024

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Ours(Lines):
    def __init__(self, delivery, model, work, threads, tile, cache, heap):
        (work / "ours").mkdir(parents=True, exist_ok=True)
        super().__init__(java("org.survol.ingest.TilingRuns", delivery, model, work / "ours", threads, tile, cache,
                              heap=heap), work / "ours.log")
        self.plan = self.greeting


class Gdal:
    """GDAL's way, tile by tile."""

    def __init__(self, plan, work, threads, resample):
        self.plan, self.work, self.threads, self.resample = plan, work / "gdal", threads, resample
        self.work.mkdir(parents=True, exist_ok=True)

    def sources(self, *roles):
        return [s["path"] for s in self.plan["sources"] if s["role"] in roles]

    def environment(self, threads):
        cache = 1024 // (1 if threads > 1 else self.threads)
        return dict(os.environ, GDAL_NUM_THREADS=str(threads), GDAL_CACHEMAX=str(cache), VRT_SHARED_SOURCE="1")

    def mosaic(self, name, paths, *options):
        # the last of a VRT lies on top, the first of our plan does
        run("gdalbuildvrt", "-q", "-overwrite", *options, self.work / name, *reversed(paths))
        return self.work / name

    def stack(self):
        """One VRT of five bands; what the strips are drawn on is their common extent."""
        rgb = self.mosaic("rgb.vrt", self.sources("RGB"))
        irc = self.mosaic("irc.vrt", self.sources("IRC"))
        dsm = self.mosaic("dsm.vrt", self.sources("DSM"))
        dtm = self.mosaic("dtm.vrt", self.sources("DTM"))
        info = json.loads(subprocess.run(["gdalinfo", "-json", rgb], check=True, capture_output=True, text=True).stdout)
        width, height = info["size"]
        transform = ", ".join(repr(v) for v in info["geoTransform"])
        bands = []
        for band, (file, index) in enumerate([(rgb, 1), (rgb, 2), (rgb, 3), (irc, 1)], 1):
            bands.append(f'<VRTRasterBand dataType="Byte" band="{band}"><SimpleSource><SourceFilename>{file}'
                         f'</SourceFilename><SourceBand>{index}</SourceBand></SimpleSource></VRTRasterBand>')
        heights = "".join(
            f'<ComplexSource><SourceFilename>{file}</SourceFilename><SourceBand>1</SourceBand>'
            f'<ScaleOffset>0</ScaleOffset><ScaleRatio>5</ScaleRatio></ComplexSource>' for file in (dsm, dtm))
        bands.append('<VRTRasterBand dataType="Byte" band="5" subClass="VRTDerivedRasterBand"><PixelFunctionType>diff'
                     '</PixelFunctionType><SourceTransferType>Float32</SourceTransferType>' + heights
                     + '</VRTRasterBand>')
        stack = self.work / "stack.vrt"
        stack.write_text(f'<VRTDataset rasterXSize="{width}" rasterYSize="{height}"><SRS>EPSG:{self.plan["epsg"]}</SRS>'
                         f'<GeoTransform>{transform}</GeoTransform>{"".join(bands)}</VRTDataset>')
        return stack

    def warp(self, target, window, threads, sources, *options):
        return ["gdalwarp", "-q", "-overwrite", "-t_srs", f"EPSG:{self.plan['epsg']}", "-te", *map(repr, window),
                "-tr", repr(self.plan["gsd"]), repr(self.plan["gsd"]), "-wm", "256",
                *(["-multi"] if threads > 1 else []), "-wo", f"NUM_THREADS={threads}", *options, *sources, target]

    def cog(self, source, target, threads, *options):
        return ["gdal_translate", "-q", "-of", "COG", "-co", "COMPRESS=ZSTD", "-co", "LEVEL=1", "-co", "PREDICTOR=YES",
                "-co", "BLOCKSIZE=512", "-co", "OVERVIEW_RESAMPLING=AVERAGE", "-co", f"NUM_THREADS={threads}",
                *options, source, target]

    def commands(self, tile, window, threads, warp=True):
        base = self.work / f"tile-{tile}"
        target = f"{base}.cog.tif"
        if self.resample:
            colours = [self.work / "rgb.vrt", self.work / "irc.vrt"]
            heights = [self.work / "dsm.vrt", self.work / "dtm.vrt"]
            cuts = [self.warp(f"{base}-{file.stem}.tif", window, threads, [file], "-r", "cubic", "-dstalpha")
                    for file in colours]
            cuts += [self.warp(f"{base}-{file.stem}.tif", window, threads, [file], "-r", "bilinear") for file in heights]
            return cuts + [["STACK", tile], self.cog(f"{base}.vrt", target, threads, "-b", "1", "-b", "2", "-b", "3",
                                                     "-b", "4", "-b", "5", "-mask", "6")]
        if not warp:
            west, south, east, north = map(repr, window)
            return [self.cog(self.work / "stack.vrt", target, threads, "-projwin", west, north, east, south)]
        cut = f"{base}.tif"
        return [self.warp(cut, window, threads, [self.work / "stack.vrt"], "-r", "near", "-dstalpha"),
                self.cog(cut, target, threads, "-b", "1", "-b", "2", "-b", "3", "-b", "4", "-b", "5", "-mask", "6")]

    def stack_of_tile(self, tile):
        """Five bands and the mask of a tile whose parts were warped one by one."""
        base = self.work / f"tile-{tile}"
        info = json.loads(subprocess.run(["gdalinfo", "-json", f"{base}-rgb.tif"], check=True, capture_output=True,
                                         text=True).stdout)
        width, height = info["size"]
        transform = ", ".join(repr(v) for v in info["geoTransform"])
        sources = [("rgb", 1), ("rgb", 2), ("rgb", 3), ("irc", 1), None, ("rgb", 4)]
        bands = []
        for band, source in enumerate(sources, 1):
            if source:
                bands.append(f'<VRTRasterBand dataType="Byte" band="{band}"><SimpleSource><SourceFilename>{base}-{source[0]}.tif'
                             f'</SourceFilename><SourceBand>{source[1]}</SourceBand></SimpleSource></VRTRasterBand>')
            else:
                heights = "".join(
                    f'<ComplexSource><SourceFilename>{base}-{name}.tif</SourceFilename><SourceBand>1</SourceBand>'
                    f'<ScaleOffset>0</ScaleOffset><ScaleRatio>5</ScaleRatio></ComplexSource>' for name in ("dsm", "dtm"))
                bands.append(f'<VRTRasterBand dataType="Byte" band="{band}" subClass="VRTDerivedRasterBand">'
                             '<PixelFunctionType>diff</PixelFunctionType><SourceTransferType>Float32'
                             f'</SourceTransferType>{heights}</VRTRasterBand>')
        pathlib.Path(f"{base}.vrt").write_text(
            f'<VRTDataset rasterXSize="{width}" rasterYSize="{height}"><SRS>EPSG:{self.plan["epsg"]}</SRS>'
            f'<GeoTransform>{transform}</GeoTransform>{"".join(bands)}</VRTDataset>')

    def cut(self, tile, window, threads, warp):
        for command in self.commands(tile, window, threads, warp):
            if command[0] == "STACK":
                self.stack_of_tile(tile)
            else:
                subprocess.run([str(c) for c in command], check=True, stdout=subprocess.DEVNULL,
                               env=self.environment(threads))

    def run(self, processes=1, warp=True):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        started = time.monotonic()
        if self.resample:
            self.mosaic("rgb.vrt", self.sources("RGB"), "-srcnodata", "0")
            self.mosaic("irc.vrt", self.sources("IRC"), "-srcnodata", "0")
            self.mosaic("dsm.vrt", self.sources("DSM"))
            self.mosaic("dtm.vrt", self.sources("DTM"))
        else:
            self.stack()
        tiles = list(enumerate(self.plan["tiles"]))
        if processes == 1:
            for tile, window in tiles:
                self.cut(tile, window, self.threads, warp)
        else:
            from concurrent.futures import ThreadPoolExecutor
            with ThreadPoolExecutor(processes) as pool:
                list(pool.map(lambda t: self.cut(t[0], t[1], 1, warp), tiles))
        millis = (time.monotonic() - started) * 1000
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cogs = [self.work / f"tile-{tile}.cog.tif" for tile, _ in tiles]
        return {"millis": round(millis),
                "cpuMillis": round(1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)),
                "bytes": sum(c.stat().st_size for c in cogs)}


def compare(ours, plan):
    """Share of pixels that differ by more than one step from GDAL's last tiles, and the largest difference."""
    script = r'''
import json, sys
from osgeo import gdal
import numpy as np
off = total = 0; worst = 0
for ours, theirs in json.load(sys.stdin):
    a, b = gdal.Open(ours), gdal.Open(theirs)
    ma, mb = (d.GetRasterBand(1).GetMaskBand().ReadAsArray() > 0 for d in (a, b))
    both = ma & mb
    for band in range(1, 6):
        d = np.abs(a.GetRasterBand(band).ReadAsArray().astype(int) - b.GetRasterBand(band).ReadAsArray())[both]
        off += int((d > 1).sum()); total += d.size; worst = max(worst, int(d.max(initial=0)))
    off += int((ma != mb).sum())
print(json.dumps({"off": off / max(1, total), "worst": worst}))
'''
    pairs = [[s, str(ours / f"tile-{i}.cog.tif")] for i, s in enumerate(plan["stacks"])]
    result = subprocess.run(["/usr/bin/python3", "-c", script], input=json.dumps(pairs), text=True, capture_output=True)
    return json.loads(result.stdout) if result.returncode == 0 else {"error": result.stderr[-300:]}


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--work", type=pathlib.Path, default=HERE / "target" / "ingest")
    arguments.add_argument("--size", type=int, default=2048, help="side of the generated flight, metres")
    arguments.add_argument("--pairs", type=int, default=5)
    arguments.add_argument("--threads", type=int, default=os.cpu_count())
    arguments.add_argument("--tile", type=int, default=5120)
    arguments.add_argument("--cache", type=int, default=256, help="our block cache, MiB")
    arguments.add_argument("--heap", default="1500m")
    arguments.add_argument("--model", type=pathlib.Path, default=HERE.parent / "models" / "survol-demo-rgbie.onnx")
    arguments.add_argument("--reproject", type=int, help="EPSG code that the strips are brought to beforehand")
    arguments.add_argument("--peers", type=int, default=3, help="how many of GDAL's arrangements to run")
    options = arguments.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    delivery = options.work / f"flight-{options.size}"
    if not (delivery / "item.json").exists():
        run(*java("org.survol.scene.SceneMain", "--seed", 7, "--size", options.size, "--vintage", 2024, "-o", delivery,
                  heap="3g"))
    if options.reproject:
        target = options.work / f"flight-{options.size}-{options.reproject}"
        reprojected(delivery, target, options.reproject)
        delivery = target

    ours = Ours(delivery, options.model, options.work, options.threads, options.tile, options.cache, options.heap)
    gdal = Gdal(ours.plan, options.work, options.threads, options.reproject is not None)
    peers = {"gdalwarp + COG, 1 process": lambda: gdal.run()}
    if options.threads > 1:
        peers[f"gdalwarp + COG, {options.threads} processes"] = lambda: gdal.run(processes=options.threads)
    if not options.reproject:
        peers["VRT + COG, no gdalwarp"] = lambda: gdal.run(warp=False)
    peers = dict(list(peers.items())[:options.peers])
    print(f"{len(ours.plan['tiles'])} tiles, {len(ours.plan['sources'])} sources, {options.threads} threads", flush=True)
    print("cold", json.dumps(ours.run()), flush=True)
    results = {"ours": []} | {name: [] for name in peers}
    for pair in range(options.pairs):
        for name, peer in {"ours": ours.run, **peers}.items():
            result = peer()
            results[name].append(result)
            print(pair + 1, name, json.dumps(result), "load", os.getloadavg()[0], flush=True)
    gdal.run()
    print("difference", json.dumps(compare(gdal.work, ours.plan)), "peak RSS of ours, MiB", ours.peak_mib())
    ours.close()

    print("\n| | wall, s: median (min to max) | CPU, s | MB | wall against ours, pair by pair: median (min to max) |")
    print("|---|---|---|---|---|")
    for name, rows in results.items():
        wall = [r["millis"] / 1000 for r in rows]
        ratios = [r["millis"] / o["millis"] for r, o in zip(rows, results["ours"])]
        print(f"| {name} | {statistics.median(wall):.1f} ({min(wall):.1f} to {max(wall):.1f}) "
              f"| {statistics.median(r['cpuMillis'] for r in rows) / 1000:.1f} | {rows[-1]['bytes'] / 1e6:.0f} "
              f"| {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}) |")
    shares = {kind: statistics.median(r["shares"][kind] for r in results["ours"]) for kind in results["ours"][0]["shares"]}
    total = sum(shares.values())
    print("\nshares of our wall time:", ", ".join(f"{kind} {100 * v / total:.0f} %" for kind, v in shares.items()))


if __name__ == "__main__":
    sys.exit(main())
