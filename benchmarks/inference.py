#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tile COGs to prediction COGs: our inference stage beside a bare ONNX Runtime loop and beside a straightforward Python
pipeline, on the same stacks in the same run.

Needs `./mvnw -Pbenchmarks -pl benchmarks -am -Dquick -DskipTests package` and a Python with rasterio, onnx and onnxruntime
(`--python`). The Python pipeline runs the network as its authors would have exported it, normalised floats in and logits
out, with the rest in numpy; once more it is given our graph, which takes and gives bytes. All use the same number of threads.
Runs alternate.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess

from ingest import HERE, Lines, Ours, java, run


def rate(result, what):
    return result[what] / result["millis"] / 1000


def summary(values):
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--work", type=pathlib.Path, default=HERE / "target" / "inference")
    arguments.add_argument("--model", type=pathlib.Path, default=HERE.parent / "models" / "survol-demo-rgbie.onnx")
    arguments.add_argument("--windows", default="card", help="card, exact or WINDOW/MARGIN (default: %(default)s)")
    arguments.add_argument("--tile", type=int, default=2048)
    arguments.add_argument("--tiles", type=int, default=4, help="how many tiles to score")
    arguments.add_argument("--size", type=int, default=1024, help="side of the generated flight, metres")
    arguments.add_argument("--pairs", type=int, default=5)
    arguments.add_argument("--threads", type=int, default=os.cpu_count())
    arguments.add_argument("--workers", type=int, default=2)
    arguments.add_argument("--rounds", type=int, default=3,
                           help="how often we score all tiles in a row: the first and the last of a row lack a neighbour")
    arguments.add_argument("--heap", default="3g")
    arguments.add_argument("--python", default="python3", help="a Python with rasterio and onnxruntime")
    arguments.add_argument("--soak", type=int, help="instead: score so many tiles and watch the memory")
    options = arguments.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    delivery = options.work / f"flight-{options.size}"
    if not (delivery / "item.json").exists():
        run(*java("org.survol.scene.SceneMain", "--seed", 7, "--size", options.size, "--vintage", 2024, "-o", delivery,
                  heap="3g"))
    os.environ["JDK_JAVA_OPTIONS"] = f"-Dsurvol.windows={options.windows}"
    tiling = Ours(delivery, options.model, options.work, options.threads, options.tile, 256, "2g")
    plan = tiling.plan
    tiling.run()
    tiling.close()
    stacks = whole(plan["stacks"], options.python)[:options.tiles]
    for stack in set(plan["stacks"]) - set(stacks):
        pathlib.Path(stack).unlink(missing_ok=True)

    if options.soak:
        # a heap that is all there from the beginning cannot look like a leak
        os.environ["JDK_JAVA_OPTIONS"] += f" -Xms{options.heap} -XX:+AlwaysPreTouch"
    ours = Lines(java("org.survol.inference.ScoringRuns", options.work / "ours", plan["plan"], options.workers,
                      options.threads, heap=options.heap), options.work / "scoring.log")
    window, margin = ours.greeting["windowing"]["window"], ours.greeting["windowing"]["margin"]
    print(f"{len(stacks)} tiles of {options.tile} px, windows of {window} px with a margin of {margin}, "
          f"{options.threads} threads, load {os.getloadavg()[0]:.1f}")
    if options.soak:
        return soak(ours, options.soak, len(stacks))

    def peer(margin, name, *logits):
        halo = ours.greeting["halo"]
        return Lines([options.python, HERE / "window_loop.py", *logits, options.model, options.threads, window, margin, halo,
                      options.work / name, *stacks], options.work / f"{name}.log")

    peers = {"same": peer(margin, "same-windows", "--logits"), "graph": peer(margin, "same-windows-our-graph"),
             "usual": peer(window // 4, "usual-overlap", "--logits")}
    bare_runs = options.rounds * max(1, round(ours.ask("service")["computedPixels"] / window ** 2))
    rows = []
    for pair in range(options.pairs):
        row = {"bare": ours.ask(f"bare {bare_runs}"), "ours": ours.ask(f"service {options.rounds}"),
               **{name: process.ask("go") for name, process in peers.items()}}
        rows.append(row)
        print(f"pair {pair + 1}: bare {rate(row['bare'], 'computedPixels'):.2f}, ours "
              f"{rate(row['ours'], 'computedPixels'):.2f} computed, {rate(row['ours'], 'pixels'):.2f} net; Python "
              f"{', '.join(f'{name} ' + format(rate(row[name], 'pixels'), '.2f') for name in peers)} net Mpx/s; load "
              f"{os.getloadavg()[0]:.1f}; {row['ours']['shares']}", flush=True)

    def ratios(title, other, what):
        def of(time):
            return summary([r["ours"][what] / r["ours"][time] / (r[other][what] / r[other][time]) for r in rows])
        return f"| {title} | {of('millis')} | {of('cpuMillis')} |"

    last = rows[-1]["ours"]
    print(f"""
| | wall | CPU time |
|---|---|---|
{ratios('ours / bare ONNX Runtime loop, computed pixels', 'bare', 'computedPixels')}
{ratios('ours / Python, same windows, net pixels', 'same', 'pixels')}
{ratios('ours / Python with our graph, same windows, net pixels', 'graph', 'pixels')}
{ratios('ours / Python that keeps 25 %, net pixels', 'usual', 'pixels')}

device {last['device']}, kept share {last['pixels'] / last['computedPixels']:.2f}, runs in hand on average \
{last['shares']['compute'] / last['millis']:.2f}; ours {summary([rate(r['ours'], 'pixels') for r in rows])} Mpx/s net, \
{summary([rate(r['ours'], 'computedPixels') for r in rows])} computed; peak memory ours {ours.peak_mib()} MiB \
(heap limit {options.heap}, bare loop in the same process), Python {peers['same'].peak_mib()} MiB, with our graph \
{peers['graph'].peak_mib()} MiB""")
    for process in (ours, *peers.values()):
        process.close()


def whole(stacks, python):
    """Those that are full of image: a share of the flight's edge would compare apples with pears."""
    script = "import sys, json, rasterio\n" \
             "print(json.dumps([p for p in sys.argv[1:] if rasterio.open(p).dataset_mask().all()]))"
    result = subprocess.run([python, "-c", script, *stacks], check=True, capture_output=True, text=True)
    return json.loads(result.stdout)


def soak(ours, count, tiles):
    for step in range(10):
        result = ours.ask(f"service {max(1, count // tiles // 10)}")
        resident = next(line for line in pathlib.Path(f"/proc/{ours.process.pid}/status").read_text().splitlines()
                        if line.startswith("VmRSS"))
        print(f"{(step + 1) * max(1, count // tiles // 10) * tiles} tiles: {int(resident.split()[1]) // 1024} MiB resident, "
              f"{ours.peak_mib()} at most; {rate(result, 'pixels'):.2f} Mpx/s", flush=True)
    ours.close()


main()
