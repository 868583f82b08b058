"""Reads a product's asset administration shell with the published test engine and the independent SDK. Prints one line
of JSON.

    shells.py BASE LISTING
"""

import io
import json
import sys
import urllib.request

import basyx.aas.adapter.aasx
import basyx.aas.adapter.json
from aas_test_engines import file
from basyx.aas import model

base, listing = sys.argv[1:]


def get(path):
    with urllib.request.urlopen(base + path) as answer:
        return answer.headers["content-type"], answer.read()


def passed(result):
    assert result.ok(), "\n".join(str(line) for line in result.to_lines()) if hasattr(result, "to_lines") else result.dump()


kind, told = get(f"/catalog/{listing}?view=aas")
assert kind == "application/json", kind
passed(file.check_json_data(json.loads(told)))

kind, packed = get(f"/catalog/{listing}/product.aasx")
assert kind == "application/asset-administration-shell-package", kind
passed(file.check_aasx_file(io.BytesIO(packed)))

objects, files = model.DictObjectStore(), basyx.aas.adapter.aasx.DictSupplementaryFileContainer()
with basyx.aas.adapter.aasx.AASXReader(io.BytesIO(packed), failsafe=False) as reader:
    ids = reader.read_into(object_store=objects, file_store=files)
assert ids, "nothing was read"
series = next(thing for thing in objects if isinstance(thing, model.Submodel) and thing.id_short == "TimeSeries")
record = series.get_referable(["Metadata", "Record"])
columns = [element.id_short for element in record.value]
concepts = {thing.id for thing in objects if isinstance(thing, model.ConceptDescription)}
for element in record.value:
    assert element.semantic_id.key[0].value in concepts, element.id_short
linked = series.get_referable(["Segments", "LinkedSegment"])
print(json.dumps({"columns": columns, "rows": linked.get_referable("RecordCount").value}))
