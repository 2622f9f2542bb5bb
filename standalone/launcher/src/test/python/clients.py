# SPDX-License-Identifier: Apache-2.0
"""Reads a catalogue with the programs that its users have. Arguments: a client, the catalogue's address.

Ends with 0 when the client got what there is, with 77 when it is not installed here, else with what went wrong.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable
from pathlib import Path

NOT_INSTALLED = 77


def get(address: str) -> bytes:
    with urllib.request.urlopen(address, timeout=60) as answer:
        return answer.read()


def document(address: str) -> dict:
    return json.loads(get(address))


def product(base: str) -> dict:
    """The map with the most polygons; there may be others."""
    return document(f"{base}/stac/collections/products/items?limit=1&sortby=-survol:polygons")["features"][0]


def pystac(base: str) -> None:
    """Items of every kind, searched and reached by links; each valid by the schemas that pystac brings with it."""
    import jsonschema  # noqa: F401  # pystac validates nothing without it
    from pystac import Catalog
    from pystac.stac_object import STACObjectType
    from pystac.validation.stac_validator import JsonSchemaSTACValidator
    from pystac_client import Client

    validator = JsonSchemaSTACValidator()
    client = Client.open(f"{base}/stac")
    searched = {(item.collection_id, item.id) for item in client.search(limit=100).items()}
    browsed = set()
    # not the client's own way, which is to search
    for item in Catalog.from_file(f"{base}/stac").get_items(recursive=True):
        as_dict = item.to_dict(transform_hrefs=False)
        validator.validate_core(as_dict, STACObjectType.ITEM, as_dict["stac_version"], item.self_href)
        browsed.add((item.collection_id, item.id))
    assert browsed == searched, browsed ^ searched
    assert {collection for collection, _ in searched} >= {"acquisitions", "predictions", "products", "models"}
    for collection in client.get_collections():
        as_dict = collection.to_dict(transform_hrefs=False)
        validator.validate_core(as_dict, STACObjectType.COLLECTION, as_dict["stac_version"], collection.self_href)


def rasterio(base: str) -> None:
    """Rasters of a prediction, read by ranges over HTTP: where the Item says, and probabilities that belong to classes."""
    import numpy
    import rasterio as rio
    from rasterio.windows import Window

    item = document(f"{base}/stac/collections/predictions/items?limit=1")["features"][0]
    properties, assets = item["properties"], item["assets"]
    with rio.open(assets["classes"]["href"]) as classes:
        assert f"EPSG:{classes.crs.to_epsg()}" == properties["proj:code"]
        assert [classes.height, classes.width] == properties["proj:shape"]
        assert list(classes.transform)[:6] == properties["proj:transform"][:6]
        assert classes.nodata == 0
        # a tile at the border of the flight may be empty but for a corner of it
        rows, columns = numpy.nonzero(classes.read(1))
        window = Window(columns[0], rows[0], 256, 256)
        chosen = classes.read(1, window=window)
        assert classes.overviews(1) or max(classes.shape) <= max(classes.block_shapes[0]), "a COG has overviews"
    with rio.open(assets["probabilities"]["href"]) as probabilities:
        of_classes = probabilities.read(window=window)
    numbers = [each["value"] for each in assets["classes"]["classification:classes"] if not each.get("nodata")]
    assert of_classes.shape[0] == len(numbers)
    mapped = chosen > 0
    assert mapped.any()
    most = numpy.array(numbers)[of_classes.argmax(axis=0)]
    # two classes may have the same rounded probability
    assert (most == chosen)[mapped].mean() > 0.99


def odc(base: str) -> None:
    """All predictions as one array, as odc-stac puts them together."""
    from odc.stac import load
    from pystac_client import Client

    items = list(Client.open(f"{base}/stac").search(collections=["predictions"]).items())
    classes = load(items, bands=["classes"], resolution=1.0, crs=items[0].properties["proj:code"])["classes"]
    values = classes.values
    assert values.shape[0] >= 1 and values.max() > 0, values.shape


def owslib(base: str) -> None:
    """OGC API Features as OWSLib reads it."""
    from owslib.ogcapi.features import Features

    features = Features(f"{base}/ogc")
    name = product(base)["id"]
    assert name in features.feature_collections()
    collection = features.collection(name)
    assert collection["id"] == name
    page = features.collection_items(name, limit=7)
    assert len(page["features"]) == 7
    west, south, east, north = collection["extent"]["spatial"]["bbox"][0]
    half = features.collection_items(name, limit=10000, bbox=[west, south, (west + east) / 2, north])
    everything = features.collection_items(name, limit=10000)
    assert 0 < len(half["features"]) < len(everything["features"])
    code = everything["features"][0]["properties"]["code"]
    filtered = features.collection_items(name, limit=10000, filter=f"code = '{code}'")
    assert {each["properties"]["code"] for each in filtered["features"]} == {code}
    assert "area_m2" in features.collection_queryables(name)["properties"]


def gdal(base: str) -> None:
    """ogr2ogr copies a map by OGC API Features, and reads the files over HTTP; both have every polygon."""
    found = product(base)
    polygons = found["properties"]["survol:polygons"]
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "copy.gpkg")
        run("ogr2ogr", str(copy), f"OAPIF:{base}/ogc", found["id"])
        assert count(str(copy), found["id"]) == polygons
        for part in ("gpkg", "fgb"):
            address = found["assets"][part]["href"]
            file = Path(folder, f"map.{part}")
            file.write_bytes(get(address))
            assert count(str(file), "land_cover") == polygons, part
        assert count(f"/vsicurl/{found['assets']['fgb']['href']}", "land_cover") == polygons
    classes = document(f"{base}/stac/collections/predictions/items?limit=1")["features"][0]["assets"]["classes"]
    described = json.loads(run("gdalinfo", "-json", f"/vsicurl/{classes['href']}"))
    assert described["metadata"]["IMAGE_STRUCTURE"]["LAYOUT"] == "COG"


def count(source: str, layer: str) -> int:
    lines = run("ogrinfo", "-ro", "-so", source, layer).splitlines()
    return sum(int(line.split(":")[1]) for line in lines if line.startswith("Feature Count"))


def run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout


def geopandas(base: str) -> None:
    """The files are valid coverages whose areas add up to what the Item says."""
    import geopandas as gpd
    import pyogrio  # noqa: F401  # reads files for it
    import shapely

    found = product(base)
    with tempfile.TemporaryDirectory() as folder:
        for part in ("gpkg", "fgb", "parquet"):
            file = Path(folder, f"map.{part}")
            file.write_bytes(get(found["assets"][part]["href"]))
            frame = gpd.read_parquet(file) if part == "parquet" else gpd.read_file(file, layer="land_cover")
            assert len(frame) == found["properties"]["survol:polygons"], part
            assert f"EPSG:{frame.crs.to_epsg()}" == found["properties"]["proj:code"], part
            assert frame.geometry.is_valid.all(), part
            assert shapely.coverage_is_valid(frame.geometry.values), part
            assert abs(frame.area.sum() - found["properties"]["survol:area_m2"]) < 0.01, part


def duckdb(base: str) -> None:
    """Areas by class from GeoParquet in SQL, the same as the downloads' CSV has them."""
    import duckdb as db

    found = product(base)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "map.parquet")
        file.write_bytes(get(found["assets"]["parquet"]["href"]))
        csv = Path(folder, "map.csv")
        csv.write_bytes(get(f"{base}/ogc/collections/{found['id']}/download?f=csv"))
        by_class = "select code, count(*), round(sum(area_m2), 2) from '{}' group by code order by code"
        connection = db.connect()
        in_parquet = connection.sql(by_class.format(file)).fetchall()
        assert in_parquet == connection.sql(by_class.format(csv)).fetchall()
        total = sum(area for _, _, area in in_parquet)
        assert abs(total - found["properties"]["survol:area_m2"]) < 1, total


def mapbox(base: str) -> None:
    """A vector tile decodes to polygons of the classes that the map has."""
    from mapbox_vector_tile import decode

    tiles = document(f"{base}/ogc/collections/{product(base)['id']}/tiles/WebMercatorQuad?f=tilejson")
    lng, lat = tiles["center"][:2] if "center" in tiles else (sum(tiles["bounds"][::2]) / 2, sum(tiles["bounds"][1::2]) / 2)
    zoom = tiles["maxzoom"]
    column, row = tile(lng, lat, zoom)
    address = tiles["tiles"][0].replace("{z}", str(zoom)).replace("{x}", str(column)).replace("{y}", str(row))
    polygons = decode(get(address))["land_cover"]["features"]
    assert polygons and all(each["geometry"]["type"].endswith("Polygon") for each in polygons)


def tile(lng: float, lat: float, zoom: int) -> tuple[int, int]:
    from math import asinh, pi, radians, tan

    size = 2**zoom
    return int((lng + 180) / 360 * size), int((1 - asinh(tan(radians(lat))) / pi) / 2 * size)


CLIENTS: list[Callable[[str], None]] = [pystac, rasterio, odc, owslib, gdal, geopandas, duckdb, mapbox]

if __name__ == "__main__":
    client = {each.__name__: each for each in CLIENTS}[sys.argv[1]]
    for program in ("ogr2ogr", "ogrinfo", "gdalinfo") if client is gdal else ():
        if shutil.which(program) is None:
            print(f"no {program} here")
            sys.exit(NOT_INSTALLED)
    try:
        client(sys.argv[2].rstrip("/"))
    except ModuleNotFoundError as missing:
        print(missing)
        sys.exit(NOT_INSTALLED)
