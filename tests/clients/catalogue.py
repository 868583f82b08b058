"""Reads the catalogue of a served exchange with the published validators of its forms: DCAT-AP's shapes, MLCommons' own
reader, and an independent evaluator of ODRL. Prints one line of JSON.

    catalogue.py BASE LISTING ROWS
"""

import json
import os
import pathlib
import sys
import tempfile
import urllib.request

os.environ["CROISSANT_CACHE"] = tempfile.mkdtemp()

import mlcroissant
import pyshacl
import rdflib

base, listing, rows = sys.argv[1], sys.argv[2], int(sys.argv[3])
shapes = pathlib.Path(__file__).parent / "shapes"


def get(path, accept="*/*"):
    asked = urllib.request.Request(base + path, headers={"accept": accept})
    with urllib.request.urlopen(asked) as answer:
        assert answer.headers["content-type"] == "application/ld+json", answer.headers["content-type"]
        return answer.read().decode()


for path in ["/catalog", f"/catalog/{listing}"]:
    told = rdflib.Graph().parse(data=get(path), format="json-ld")
    for name in ["shapes.ttl", "range.ttl"]:
        fits, _, why = pyshacl.validate(told, shacl_graph=str(shapes / name), shacl_graph_format="turtle")
        assert fits, f"{path}: {name}: {why}"
    dcat = rdflib.Namespace("http://www.w3.org/ns/dcat#")
    assert len(list(told.subjects(rdflib.RDF.type, dcat.Dataset))) == 1, path

croissant = json.loads(get(f"/catalog/{listing}", 'application/ld+json;profile="http://mlcommons.org/croissant/1.1"'))
for wanted in ["name", "description", "license", "url", "creator", "datePublished", "distribution", "recordSet"]:
    assert croissant.get(wanted), wanted
dataset = mlcroissant.Dataset(jsonld=croissant)
assert not dataset.metadata.ctx.issues.errors, dataset.metadata.ctx.issues.report()
assert not dataset.metadata.ctx.issues.warnings, dataset.metadata.ctx.issues.report()
records = list(dataset.records("rows"))
assert len(records) == rows, len(records)
broken = json.loads(json.dumps(croissant))
broken["distribution"][0]["sha256"] = "0" * 64
try:
    list(mlcroissant.Dataset(jsonld=broken).records("rows"))
    raise SystemExit("a wrong digest was taken")
except Exception as refused:
    assert "Download(sample)" in str(refused), refused

offer = json.loads(get(f"/catalog/{listing}?view=odrl"))
assert offer["@context"] == "http://www.w3.org/ns/odrl.jsonld"
# The context is on this page; readers of ODRL know it, and nothing is fetched here.
odrl = {"@vocab": "http://www.w3.org/ns/odrl/2/", "odrl": "http://www.w3.org/ns/odrl/2/", "uid": "@id",
        "xsd": "http://www.w3.org/2001/XMLSchema#", "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#"}
policy = rdflib.Graph().parse(data=json.dumps({**offer, "@context": odrl}), format="json-ld")
space = rdflib.Namespace("http://www.w3.org/ns/odrl/2/")
assert len(list(policy.subjects(rdflib.RDF.type, space.Offer))) == 1
assert len(list(policy.objects(None, space.permission))) == 1
assert len(list(policy.objects(None, space.prohibition))) == 3

page = json.loads(get(f"/catalog/{listing}?view=schema-org"))
assert page["@type"] == "Dataset" and 50 <= len(page["description"]) <= 5000, page["description"]
print(json.dumps({"rows": len(records), "columns": [list(records[0])]}))
