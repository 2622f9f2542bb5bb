#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The catalogue under load: ingest, searches and tiles, each by a process of its own beside the service as it ships.

Needs PostgreSQL's server (Debian: postgresql) and `./mvnw -Pbenchmarks -pl benchmarks,catalog-service -am -Dquick -DskipTests package`.

  python3 benchmarks/catalogue.py search --items 1000000    fill a fresh PostgreSQL, then search by 1, 8 and 32 clients
  python3 benchmarks/catalogue.py --clients 1,8 tiles        vector tiles, pictures and pages of 1,000 polygons of one map

Databases and maps stay in WORK (--work); a second run finds them and only asks.
"""

import argparse
import contextlib
import json
import math
import os
import pathlib
import random
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
HEADER = "clients | requests/s | p50, ms | p99, ms | longest, ms | kB an answer |\n|---|---|---|---|---|---|---|"


def java(*arguments, heap):
    home = os.environ.get("JAVA_HOME")
    return [f"{home}/bin/java" if home else "java", "--enable-native-access=ALL-UNNAMED", f"-Xmx{heap}",
            *map(str, arguments)]


def program(name, *arguments, heap="1g"):
    return java("-cp", f"{HERE}/target/lib/*:{HERE}/target/*", f"org.survol.catalog.{name}", *arguments, heap=heap)


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextlib.contextmanager
def postgres(folder, shared_buffers):
    """A server whose data stay; durable as PostgreSQL is by default. It refuses to run as root, so root lends it to nobody."""
    binaries = max(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))
    other = ["setpriv", "--reuid", "nobody", "--clear-groups", "--"] if os.getuid() == 0 else []

    def run(*command):
        subprocess.run([*other, *map(str, command)], check=True, cwd="/", stdout=subprocess.DEVNULL)

    if not folder.exists():
        folder.mkdir(parents=True)
        if other:
            shutil.chown(folder, "nobody")
        run(binaries / "initdb", "-D", folder / "data", "-U", "survol", "-A", "trust", "-E", "UTF8")
    port = free_port()
    run(binaries / "pg_ctl", "-D", folder / "data", "-l", folder / "log", "-w", "-o",
        f"-p {port} -h 127.0.0.1 -k {folder} -c shared_buffers={shared_buffers} -c max_wal_size=4GB", "start")
    try:
        yield port
    finally:
        run(binaries / "pg_ctl", "-D", folder / "data", "-m", "fast", "-w", "stop")


def wait_for_answer(address, process, log):
    """Until a server that was just started answers, a minute at most."""
    for _ in range(300):
        with contextlib.suppress(OSError):
            urllib.request.urlopen(address, timeout=10).read()
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=0.2)
            break
    sys.exit(f"{address} does not answer: see {log}")


@contextlib.contextmanager
def catalogue(log, database, *settings, connections=16):
    """The service as it ships, without a broker to listen to."""
    port = free_port()
    process = subprocess.Popen(
        java("-Dquarkus.http.port=%d" % port, "-Dkafka.bootstrap.servers=127.0.0.1:1",
             "-Dmp.messaging.incoming.catalog-events-in.enabled=false",
             f"-Dsurvol.database.connections={connections}",
             *(f"-Dsurvol.database.{key}={value}" for key, value in database.items()),
             *(f"-D{setting}" for setting in settings),
             "-jar", ROOT / "catalog-service" / "target" / "quarkus-app" / "quarkus-run.jar", heap="1g"),
        stdout=open(log, "w"), stderr=subprocess.STDOUT)
    try:
        wait_for_answer(f"http://127.0.0.1:{port}/stac", process, log)
        yield port
    finally:
        process.terminate()
        process.wait()


NO_STORE = ("survol.store.endpoint=http://127.0.0.1:1", "survol.store.bucket=survol",
            "survol.store.access-key=none", "survol.store.secret-key=none")


def searches():
    """Bodies of STAC searches, by name; every server understands them. Places are those that CatalogFill fills."""
    dice = random.Random(7)

    def place(width, height):
        west, south = dice.uniform(-2, 7), dice.uniform(43, 50)
        return [round(n, 4) for n in (west, south, west + width, south + height)]

    def kept(op, value):
        return {"op": op, "args": [{"property": "survol:kept_share"}, value]}

    return {
        "place, time and a property": [
            {"collections": ["predictions"], "bbox": place(0.1, 0.1), "limit": 10,
             "datetime": f"{dice.randint(2018, 2023)}-01-01T00:00:00Z/..",
             "filter-lang": "cql2-json", "filter": kept("<", 0.9)} for _ in range(5_000)],
        "a region": [
            {"collections": ["predictions"], "bbox": place(1.3, 0.9), "limit": 10} for _ in range(5_000)],
        "a model's of a share": [
            {"collections": ["predictions"], "limit": 10, "filter-lang": "cql2-json",
             "filter": {"op": "and", "args": [
                 {"op": "=", "args": [{"property": "survol:model.name"}, f"model-{dice.randrange(3)}"]},
                 kept(">=", 0.5), kept("<=", 0.6)]}} for _ in range(5_000)],
        "a region, 100 an answer": [
            {"collections": ["predictions"], "bbox": place(1.3, 0.9), "limit": 100} for _ in range(1_000)],
    }


def posts(work, name, path, bodies):
    file = work / (name.replace(" ", "-").replace(",", "") + ".requests")
    file.write_text("".join(f"POST\t{path}\t{json.dumps(body)}\n" for body in bodies))
    return file


def load(name, port, requests, clients, seconds):
    subprocess.run(program("HttpLoad", name, port, requests, clients, seconds, heap="512m"), check=True)


def items_an_answer(port, path, bodies):
    """That answers are what was asked for, and how many Items they hold."""
    counts = []
    for body in bodies[:50]:
        request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", json.dumps(body).encode(),
                                         {"Content-Type": "application/json"})
        counts.append(len(json.load(urllib.request.urlopen(request))["features"]))
    return sum(counts) / len(counts)


def ask(options, port, path, who):
    print(f"\n| {who} | {HEADER}", flush=True)
    for name, bodies in searches().items():
        if options.only and options.only not in name:
            continue
        shown = f"{name} ({items_an_answer(port, path, bodies):.1f} Items)"
        requests = posts(options.work, name, path, bodies)
        for clients in options.clients:
            load(shown, port, requests, clients, options.seconds)


def search(options):
    folder = options.work / f"postgres-{options.items}"
    with postgres(folder, options.shared_buffers) as port:
        url = f"jdbc:postgresql://127.0.0.1:{port}/postgres"
        print(f"\n## {options.items:,} Items on PostgreSQL\n", flush=True)
        subprocess.run(program("CatalogFill", "postgresql", url, "survol", options.items), check=True)
        database = {"kind": "postgresql", "url": url, "username": "survol"}
        with catalogue(options.work / "catalogue.log", database, *NO_STORE) as http:
            ask(options, http, "/stac/search", "Survol")
            items = options.work / f"items-{options.items}.ndjson"
            if options.peer and not items.exists():
                export(http, items)
        if options.peer:
            with pgstac(options, port, items) as http:
                ask(options, http, "/search", "pgstac, stac-fastapi")


def export(port, file):
    """All predictions as the catalogue shows them, for another one to take in."""
    address = f"http://127.0.0.1:{port}/stac/collections/predictions/items?limit=1000"
    with open(file.with_suffix(".part"), "w") as out:
        while address:
            page = json.load(urllib.request.urlopen(address))
            out.writelines(json.dumps(item) + "\n" for item in page["features"])
            following = [link["href"] for link in page["links"] if link["rel"] == "next"]
            # the links name the public address, which is another port
            address = following and f"http://127.0.0.1:{port}/" + following[0].split("/", 3)[3]
    file.with_suffix(".part").rename(file)


@contextlib.contextmanager
def pgstac(options, port, items):
    """pgstac in a database of its own on the same server, behind stac-fastapi with a worker a processor."""
    settings = os.environ | {"PGHOST": "127.0.0.1", "PGPORT": str(port), "PGUSER": "survol", "PGPASSWORD": "none",
                             "PGDATABASE": "pgstac"}

    def run(*command):
        subprocess.run([str(part) for part in command], env=settings, check=True, stdout=subprocess.DEVNULL)

    known = subprocess.run(["psql", "-Atc", "select 1 from pg_database where datname = 'pgstac'", "postgres"],
                           env=settings, check=True, capture_output=True, text=True).stdout
    pypgstac = pathlib.Path(options.peer).parent / "pypgstac"
    if not known.strip():
        run("psql", "-c", "create database pgstac", "postgres")
        run(pypgstac, "migrate")
        collection = options.work / "collections.ndjson"
        collection.write_text(json.dumps({
            "type": "Collection", "stac_version": "1.0.0", "id": "predictions", "description": "Predictions",
            "license": "other", "links": [],
            "extent": {"spatial": {"bbox": [[-180, -90, 180, 90]]}, "temporal": {"interval": [[None, None]]}}}) + "\n")
        run(pypgstac, "load", "collections", collection, "--method", "upsert")
        begin = time.monotonic()
        run(pypgstac, "load", "items", items, "--method", "insert")
        took = time.monotonic() - begin
        print(f"\npgstac: {options.items:,} Items in {took:.1f} s, {options.items / took:,.0f} a second", flush=True)
        run("psql", "-c", "analyze")
    http = free_port()
    with open(options.work / "pgstac.log", "w") as log:
        process = subprocess.Popen(
            [str(options.peer), "-m", "uvicorn", "stac_fastapi.pgstac.app:create_app", "--factory", "--port", str(http),
             "--workers", str(os.cpu_count()), "--log-level", "warning"],
            env=settings, stdout=log, stderr=subprocess.STDOUT)
    try:
        wait_for_answer(f"http://127.0.0.1:{http}/_mgmt/ping", process, options.work / "pgstac.log")
        yield http
    finally:
        process.terminate()
        process.wait()


@contextlib.contextmanager
def object_store(folder, log):
    port = free_port()
    process = subprocess.Popen(
        java("-cp", f"{ROOT}/standalone/object-store/target/lib/*:{ROOT}/standalone/object-store/target/*",
             "org.survol.objectstore.ObjectStoreMain", "--data", folder, "--port", port, "--access-key", "benchmark",
             "--secret-key", "benchmark-secret", heap="512m"),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=open(log, "w"), text=True)
    process.stdout.readline()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def class_raster(file, side, block):
    """Blocks of one class each, anyhow: as many polygons as the classifier's noise makes where it is worst."""
    dice = random.Random(11)
    with open(file, "wb") as out:
        for _ in range(-(-side // block)):
            row = b"".join(bytes([dice.randint(1, 12)]) * block for _ in range(-(-side // block)))[:side]
            out.write(row * block)
        out.truncate(side * side)


def web_mercator(zoom, box):
    """Tiles of a zoom that touch a box of longitudes and latitudes: column, row."""
    def column(lng):
        return int((lng + 180) / 360 * 2**zoom)

    def row(lat):
        return int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * 2**zoom)

    west, south, east, north = box
    return [(x, y) for x in range(column(west), column(east) + 1) for y in range(row(north), row(south) + 1)]


def tile_requests(port, name):
    """Requests of each kind, by name, over what the map itself says that it covers."""
    def get(path):
        return json.load(urllib.request.urlopen(f"http://127.0.0.1:{port}{path}"))

    dice = random.Random(13)
    described = get(f"/ogc/collections/{name}/tiles/WebMercatorQuad?f=tilejson")
    box = described["bounds"]
    vector = [f"/ogc/collections/{name}/tiles/WebMercatorQuad/{zoom}/{y}/{x}"
              for zoom in range(described["maxzoom"] - 3, described["maxzoom"] + 1)
              for x, y in web_mercator(zoom, box)]
    pictures = [f"/tiles/{name.replace('.', '/')}/{layer}/{zoom}/{x}/{y}.png"
                for layer in ("image", "classes", "confidence") for zoom in range(15, 19)
                for x, y in web_mercator(zoom, box)]
    pages = []
    for _ in range(200):
        west, south = dice.uniform(box[0], (box[0] + box[2]) / 2), dice.uniform(box[1], (box[1] + box[3]) / 2)
        pages.append(f"/ogc/collections/{name}/items?limit=1000&bbox="
                     f"{west:.6f},{south:.6f},{west + (box[2] - box[0]) / 2:.6f},{south + (box[3] - box[1]) / 2:.6f}")
    for requests in (vector, pictures):
        dice.shuffle(requests)
    return {"vector tiles": vector, "pictures": pictures, "pages of 1,000 polygons": pages}


def tiles(options):
    work = options.work / f"map-{options.side}-{options.block}"
    name, store = "benchmark.0123456789abcdef", work / "store"
    fresh = not store.exists()
    store.mkdir(parents=True, exist_ok=True)
    with object_store(store, work / "store.log") as endpoint:
        url = f"jdbc:h2:file:{work}/catalogue"
        if fresh:
            raster = work / "raster.bin"
            class_raster(raster, options.side, options.block)
            subprocess.run(java("-cp", f"{HERE}/target/lib/*:{HERE}/target/*", "org.survol.vectorize.ProductRuns",
                                raster, options.side, work, "exact", heap="6g"), check=True)
            subprocess.run(program("ProductFill", endpoint, "benchmark", "benchmark-secret", "survol", url, raster,
                                   options.side, work / "exact", heap="3g"), check=True)
        database = {"kind": "h2", "url": url, "username": "sa"}
        settings = (f"survol.store.endpoint={endpoint}", "survol.store.bucket=survol",
                    "survol.store.access-key=benchmark", "survol.store.secret-key=benchmark-secret")
        with catalogue(work / "catalogue.log", database, *settings) as http:
            print(f"\n## A map of {options.side} px a side, blocks of {options.block} px\n\n| what | {HEADER}", flush=True)
            for kind, paths in tile_requests(http, name).items():
                if options.only and options.only not in kind:
                    continue
                requests = work / (kind.replace(" ", "-").replace(",", "") + ".requests")
                # as browsers ask for tiles
                encoding = "\t\tgzip" if kind == "vector tiles" else ""
                requests.write_text("".join(f"GET\t{path}{encoding}\n" for path in paths))
                load(f"{kind}, {len(paths)} different, each for the first time", http, requests, 1, 0)
                for clients in options.clients:
                    load(f"{kind}, over and over", http, requests, clients, options.seconds)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=pathlib.Path, default=pathlib.Path("/tmp/survol-catalogue-benchmark"))
    parser.add_argument("--seconds", type=int, default=15, help="of each row")
    parser.add_argument("--clients", type=lambda text: [int(n) for n in text.split(",")], default=[1, 8, 32])
    parser.add_argument("--only", help="rows whose name holds this")
    kinds = parser.add_subparsers(required=True)
    for_search = kinds.add_parser("search")
    for_search.add_argument("--items", type=int, default=1_000_000, help="a multiple of 2,500")
    for_search.add_argument("--shared-buffers", default="1GB")
    for_search.add_argument("--peer", type=pathlib.Path,
                            help="a Python that has stac-fastapi-pgstac, pypgstac[psycopg] and uvicorn: the same Items "
                                 "and searches there; the server needs PostGIS (Debian: postgresql-15-postgis-3)")
    for_search.set_defaults(run=search)
    for_tiles = kinds.add_parser("tiles")
    for_tiles.add_argument("--side", type=int, default=5120, help="pixels of 0.2 m, a multiple of 512")
    for_tiles.add_argument("--block", type=int, default=10, help="side of a block of one class, pixels")
    for_tiles.set_defaults(run=tiles)
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    options.run(options)


if __name__ == "__main__":
    main()
