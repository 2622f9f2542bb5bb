# SPDX-License-Identifier: Apache-2.0
"""Reads the catalogue as its users do, with pystac-client. Arguments: the public address, where it really listens."""

import sys

from pystac_client import Client

public, service = sys.argv[1], sys.argv[2].rstrip("/")


def to_the_service(request):
    assert request.url.startswith(public), request.url
    request.url = request.url.replace(public, service, 1)
    return request


client = Client.open(f"{public}/stac", request_modifier=to_the_service)
collections = {each.id for each in client.get_collections()}
assert collections == {"acquisitions", "predictions", "products", "models", "references"}, collections

for method in ("GET", "POST"):
    everything = list(client.search(method=method, limit=2).items())
    assert len({(item.collection_id, item.id) for item in everything}) == len(everything) == 7, everything

    newest = list(client.search(method=method, collections=["predictions"], sortby="-id", limit=3).items())
    assert [item.id for item in newest] == sorted((item.id for item in newest), reverse=True)
    assert len(newest) == 4

    found = client.search(
        method=method,
        intersects={"type": "Point", "coordinates": [2.315, 48.835]},
        datetime="2024-01-01T00:00:00Z/..",
    )
    assert [item.collection_id for item in found.items()] == ["acquisitions"]

text = client.search(method="GET", filter="gsd <= 0.2 AND collection = 'products'", filter_lang="cql2-text")
assert len(list(text.items())) == 1
json = client.search(
    filter={"op": "s_within", "args": [{"property": "geometry"}, {"bbox": [2, 48, 3, 49]}]}, filter_lang="cql2-json"
)
assert len(list(json.items())) == 6
slim = next(client.search(collections=["products"], fields=["id", "-assets"]).items_as_dicts())
assert "assets" not in slim

products = client.get_collection("products")
assert "survol:polygons" in products.get_queryables()["properties"]
product = next(products.get_items())
assert product.assets["fgb"].href.startswith(public)
assert {link.rel for link in product.links} >= {"derived_from", "collection", "items"}
print("pystac-client found what there is")
