"""The collection of a generation: its fields, its indexes, and what stands in its list of exact terms.

One collection holds two partitions, the passages and the documents as a whole, so that one alias publishes both at
once. Texts are not in it: the ten passages an answer shows are read from ``passages.sqlite``. Nothing a document says
is ever part of an expression: terms are numbers there, and so are the values of fields.
"""

import time
from enum import Enum
from typing import TYPE_CHECKING, Any

from indexer.document_fields import FIELDS
from indexer.errors import StorageUnavailable
from indexer.term_numbers import term_number

if TYPE_CHECKING:
    from pymilvus import MilvusClient

ID, DOCUMENT, DENSE, BODY, EXACT, TOKENS = "id", "document", "dense", "body", "exact", "tokens"
PAIR = "pair"
"""Kind of exact terms: two words side by side."""
NOTHING = 0
"""The dimension of what says nothing: Milvus takes no empty sparse vector."""
MOST_EXACT = 4096
"""Most values in a list, a limit of Milvus."""
# Seconds between two looks at an index that is being built.
_PATIENCE = 1.0
_MOST_TEXT = 65_532
_MOST_TEXTS = 64
# Milvus's own defaults but for M: 0.99 of the ten nearest of 100,000 are found, and the graph takes 256 bytes a vector.
_GRAPH = {"M": 32, "efConstruction": 200}


class Part(Enum):
    """The partitions of a collection; the value is what is added to a row to make a key."""

    PASSAGES = 0
    DOCUMENTS = 1 << 40


def pair_term(first: str, second: str) -> int:
    """The number of two words side by side."""
    return term_number(PAIR, f"{first} {second}")


def texts(encoded: str) -> list[str]:
    """A long text in pieces that Milvus takes."""
    return [encoded[first : first + _MOST_TEXT] for first in range(0, len(encoded), _MOST_TEXT)]


def create(client: "MilvusClient", name: str, dimension: int, *, lite: bool) -> None:
    """Create the collection of a generation with its partitions and indexes, empty.

    milvus-lite has no index on lists: there, exact terms are looked for by reading them all.
    """
    from pymilvus import DataType  # noqa: PLC0415 - an extra

    schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field(ID, DataType.INT64, is_primary=True)
    schema.add_field(DOCUMENT, DataType.INT64)
    schema.add_field(DENSE, DataType.FLOAT_VECTOR, dim=dimension)
    schema.add_field(BODY, DataType.SPARSE_FLOAT_VECTOR)
    schema.add_field(EXACT, DataType.ARRAY, element_type=DataType.INT64, max_capacity=MOST_EXACT)
    schema.add_field(
        TOKENS, DataType.ARRAY, element_type=DataType.VARCHAR, max_length=_MOST_TEXT, max_capacity=_MOST_TEXTS
    )
    for field in FIELDS:
        schema.add_field(field, DataType.INT32)
    client.create_collection(name, schema=schema, consistency_level="Bounded")
    for part in Part:
        client.create_partition(name, part.name.lower())
    indexes: Any = client.prepare_index_params()
    indexes.add_index(DENSE, index_name=DENSE, index_type="HNSW", metric_type="IP", params=_GRAPH)
    indexes.add_index(BODY, index_name=BODY, index_type="SPARSE_INVERTED_INDEX", metric_type="IP")
    for field in [DOCUMENT, *FIELDS, *([] if lite else [EXACT])]:
        indexes.add_index(field, index_name=field, index_type="INVERTED")
    # Not waited for: nothing is in it yet, and the client sleeps half a second an index.
    client.create_index(name, indexes, sync=False)


def wait(client: "MilvusClient", name: str) -> None:
    """Return once all that was written and flushed is in the indexes of vectors: until then searches are slow.

    Raises:
        StorageUnavailable: an index cannot be built.
    """
    for field in (DENSE, BODY):
        while True:
            found = client.describe_index(name, field)
            if found["state"] == "Failed":
                raise StorageUnavailable(
                    f"Milvus ne peut pas construire l’index {field} de {name}",
                    remedy="Voyez le journal du cluster, puis relancez « reuni index --rebuild »",
                )
            if found["state"] == "Finished" and not int(found.get("pending_index_rows", 0)):
                break
            time.sleep(_PATIENCE)
