#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The catalogue under load: ingest, searches and tiles, each by a process of its own beside the service as it ships.

Needs PostgreSQL's server (Debian: postgresql) and `./mvnw -Pbenchmarks -pl benchmarks,catalog-service -am -Dquick -DskipTests package`.

  python3 benchmarks/catalogue.py search --items 1000000    fill a fresh PostgreSQL, then search by 1, 8 and 32 clients

The database stays in WORK (--work); a second run finds it and only searches.
"""

import argparse
import contextlib
import json
import os
import pathlib
import random
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
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
        for _ in range(300):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{port}/stac", timeout=10).read()
                break
            if process.poll() is not None:
                sys.exit(f"the catalogue ended: see {log}")
            time.sleep(0.2)
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


def search(options):
    folder = options.work / f"postgres-{options.items}"
    with postgres(folder, options.shared_buffers) as port:
        url = f"jdbc:postgresql://127.0.0.1:{port}/postgres"
        print(f"\n## {options.items:,} Items on PostgreSQL\n", flush=True)
        subprocess.run(program("CatalogFill", "postgresql", url, "survol", options.items), check=True)
        database = {"kind": "postgresql", "url": url, "username": "survol"}
        with catalogue(options.work / "catalogue.log", database, *NO_STORE) as http:
            print(f"\n| search | {HEADER}", flush=True)
            for name, bodies in searches().items():
                if options.only and options.only not in name:
                    continue
                shown = f"{name} ({items_an_answer(http, '/stac/search', bodies):.1f} Items)"
                requests = posts(options.work, name, "/stac/search", bodies)
                for clients in options.clients:
                    load(shown, http, requests, clients, options.seconds)


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
    for_search.set_defaults(run=search)
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    options.run(options)


if __name__ == "__main__":
    main()
