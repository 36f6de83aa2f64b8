"""Whatever drops follow one another, every path says what was last delivered there, and nothing is lost."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.catalogue import Catalogue
from corpus.drop import read_folder
from corpus.splitting import SplittingRules
from corpus.states import FAILED, READABLE, FileState
from eval.bench.indexing_here import read_here
from indexer.ingest import Ingest
from tests.collection import write_files
from tests.encoders import FakeEncoder

PATHS = ("a.txt", "b.txt", "archive/a.txt", "z.txt")
TEXTS = ("Le contrôle des investissements.", "La filière photonique.", "Le marché de veille.", "")
Drop = tuple[dict[str, int], str]
DROPS = st.lists(
    st.tuples(
        st.dictionaries(st.sampled_from(PATHS), st.integers(0, len(TEXTS) - 1), max_size=4),
        st.sampled_from(["delta", "delta", "full"]),
    ),
    min_size=2,
    max_size=6,
)


def take_in(catalogue: Catalogue, folder: Path, originals: Path, mode: str, name: str) -> dict[str, FileState]:
    ingest = Ingest(
        catalogue=catalogue,
        compartment="general",
        originals=originals,
        token_offsets=FakeEncoder().token_offsets,
        rules=SplittingRules(),
        mode=mode,
        retry=False,
        progress=lambda stage, done, total: None,
        archive_depth=4,
    )
    report = ingest.files(name, read_folder(folder), read_here)
    assert report.files == len(report.records) == sum(report.counts.values())
    assert report.withdrawn >= 0
    return {record.path: record.state for record in report.records}


@settings(max_examples=60, deadline=None)
@given(drops=DROPS)
def test_every_path_says_what_was_last_delivered_there(drops: Sequence[Drop]) -> None:
    with tempfile.TemporaryDirectory() as scratch, Catalogue.open(Path(scratch, "catalogue.sqlite")) as catalogue:
        root = Path(scratch)
        wanted: dict[str, str] = {}
        for number, (files, mode) in enumerate(drops):
            folder = root / f"lot-{number}"
            folder.mkdir()
            write_files(folder, {path: TEXTS[text] for path, text in files.items()})
            states = take_in(catalogue, folder, root / "originals", mode, f"lot-{number}")
            assert states.keys() == files.keys()
            if mode == "full":
                wanted = {path: text for path, text in wanted.items() if path in files}
            # What cannot be read leaves the former version in place.
            wanted |= {path: TEXTS[text] for path, text in files.items() if TEXTS[text]}
            for path, text in files.items():
                assert (states[path] in FAILED) is (not TEXTS[text])
                assert TEXTS[text] == "" or states[path] in READABLE | {FileState.DUPLICATE}
            assert said(catalogue) == wanted


def said(catalogue: Catalogue) -> dict[str, str]:
    """The text of the document at each place; one content is one document."""
    texts: dict[str, str] = {}
    for passage in catalogue.passages():
        texts[passage.document_id] = texts.get(passage.document_id, "") + passage.text
    documents = list(catalogue.documents())
    assert {document.id for document in documents} == texts.keys()
    assert len({document.version for document in documents}) == len(documents)
    found = {}
    for document in documents:
        places = catalogue.places(document.id)
        assert document.external_id in places
        found.update(dict.fromkeys(places, texts[document.id]))
    return found
