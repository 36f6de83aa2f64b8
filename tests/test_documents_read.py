"""Documents of a real collection: versions, images, files, what holds them, and what is left when they go."""

import io
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from PIL import Image

from corpus.anchors import Fate, anchor, texts_of
from corpus.document import Span, document_id
from corpus.extraction.options import ExtractionOptions
from corpus.extraction.page_reader import PageReader
from corpus.extraction.pool import ExtractionPool
from indexer.compartment import Compartment
from indexer.indexing import Indexing
from indexer.page_images import FOLDER, PageImages
from search_api.engine.documents import Documents
from search_api.engine.readers import Readers
from tests.collection import index, write_files
from tests.encoders import FakeEncoder
from tests.pdf_files import PROSE, drawn_pdf

GENERAL = ("general",)
SENTENCES = [f"{sentence.strip()}." for sentence in PROSE.split(".") if sentence.strip()]


def pdf(path: Path, *lines: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    words = " ".join(lines).split()
    rows = [" ".join(words[n : n + 12]) for n in range(0, len(words), 12)]
    return drawn_pdf(path, [[(72, 760 - 14.0 * n, row) for n, row in enumerate(rows)]])


@pytest.fixture(scope="module")
def reader() -> Iterator[PageReader]:
    started = PageReader()
    yield started
    started.close()


@pytest.fixture
def documents(data: Path, fake: FakeEncoder, reader: PageReader) -> Documents:
    return Documents(Readers(data, fake.identity), reader, PageImages(data, 10_000_000))


CONVENTION = document_id("general", "convention.pdf")


@pytest.fixture
def two_versions(data: Path, fake: FakeEncoder, tmp_path: Path) -> None:
    pdf(tmp_path / "v1" / "convention.pdf", *SENTENCES)
    changed = [SENTENCES[2], "Un préambule nouveau ouvre le texte.", *SENTENCES[:2]]
    pdf(tmp_path / "v2" / "convention.pdf", *(line.replace("trimestre", "semestre") for line in changed))
    index(data, fake, tmp_path / "v1", name="lot-1")
    index(data, fake, tmp_path / "v2", name="lot-2")


@pytest.mark.usefixtures("two_versions")
def test_the_versions_of_a_document_are_known_and_readable(documents: Documents) -> None:
    record = documents.record(CONVENTION, GENERAL)
    assert record is not None
    assert [one.drop for one in record.versions] == ["lot-2", "lot-1"]
    assert record.versions[0].sha256 == record.document.version
    assert record.version(record.versions[1].sha256[:12]) == record.versions[1]
    assert record.version("f" * 64) is None
    former, current = (documents.pages(CONVENTION, GENERAL, one.sha256) for one in reversed(record.versions))
    assert "trimestre" in former[0].text
    assert "semestre" in current[0].text
    assert documents.page(CONVENTION, 1, GENERAL) == current[0]
    assert documents.page(CONVENTION, 2, GENERAL) is None
    assert documents.pages(CONVENTION, GENERAL, "0" * 64) == ()


@pytest.mark.usefixtures("two_versions")
def test_a_passage_quoted_before_is_found_again_after(documents: Documents) -> None:
    record = documents.record(CONVENTION, GENERAL)
    assert record is not None
    former = documents.pages(CONVENTION, GENERAL, record.versions[1].sha256)
    current = documents.pages(CONVENTION, GENERAL)
    text = former[0].text
    for sentence, fate in ((SENTENCES[0], Fate.MOVED), (SENTENCES[1], Fate.CHANGED), (SENTENCES[2], Fate.MOVED)):
        start = text.index(sentence)
        spans = (Span(1, start, start + len(sentence)),)
        found = anchor(current, spans, sentence[:80], texts_of(former, spans))
        assert found.fate is fate, sentence
        assert texts_of(current, found.spans)


@pytest.mark.usefixtures("two_versions")
def test_each_version_has_its_file_and_its_image(documents: Documents, data: Path, tmp_path: Path) -> None:
    record = documents.record(CONVENTION, GENERAL)
    assert record is not None
    for one, folder in zip(record.versions, ("v2", "v1"), strict=True):
        original = documents.original(CONVENTION, GENERAL, one.sha256)
        assert original is not None
        assert original.read_bytes() == (tmp_path / folder / "convention.pdf").read_bytes()
    images = [documents.image(CONVENTION, 1, 400, GENERAL, one.sha256) for one in record.versions]
    assert images[0] and images[1] and images[0].content != images[1].content
    assert Image.open(io.BytesIO(images[0].content)).width == 480
    assert images[0].media_type == "image/png"
    assert len(list(data.glob(f"compartments/general/{FOLDER}/*/*/*"))) == 2
    assert documents.image(CONVENTION, 1, 480, GENERAL) == images[0]


@pytest.mark.usefixtures("two_versions")
def test_the_words_of_a_page_have_their_boxes_once_found(documents: Documents, data: Path) -> None:
    page = documents.page(CONVENTION, 1, GENERAL)
    assert page is not None
    words = documents.words(CONVENTION, 1, GENERAL)
    assert {"préambule", "délégataire"} <= {page.text[word.start : word.end] for word in words}
    (kept,) = data.glob(f"compartments/general/{FOLDER}/*/*/*words*")
    kept.write_text("[[1]]")
    assert documents.words(CONVENTION, 1, GENERAL) == words


@pytest.mark.usefixtures("two_versions")
def test_what_is_withdrawn_is_said_so_and_leaves_no_image(
    documents: Documents, data: Path, fake: FakeEncoder, tmp_path: Path
) -> None:
    assert documents.image(CONVENTION, 1, 160, GENERAL)
    pdf(tmp_path / "v3" / "note.pdf", "Une note sans rapport avec la convention.")
    index(data, fake, tmp_path / "v3", name="lot-3", mode="full")
    assert documents.record(CONVENTION, GENERAL) is None
    assert documents.withdrawn_by(CONVENTION, GENERAL) == "lot-3"
    assert documents.withdrawn_by(document_id("general", "autre.pdf"), GENERAL) is None
    assert documents.image(CONVENTION, 1, 160, GENERAL) is None
    assert documents.original(CONVENTION, GENERAL) is None
    assert list(data.glob(f"compartments/general/{FOLDER}/*/*")) == []


def test_what_another_compartment_holds_does_not_exist(
    documents: Documents, data: Path, fake: FakeEncoder, tmp_path: Path
) -> None:
    index(data, fake, write_files(tmp_path / "a", {"a.txt": "Une note publique."}))
    index(data, fake, write_files(tmp_path / "b", {"b.txt": "Une note secrète."}), compartment="secret")
    secret = document_id("secret", "b.txt")
    assert documents.record(secret, ("general", "secret")) is not None
    for answer in (
        documents.record(secret, GENERAL),
        documents.page(secret, 1, GENERAL),
        documents.original(secret, GENERAL),
        documents.image(secret, 1, 160, GENERAL),
        documents.withdrawn_by(secret, GENERAL),
    ):
        assert answer is None
    assert not documents.passages(secret, GENERAL)
    assert not documents.pages(secret, GENERAL)
    assert documents.words(secret, 1, GENERAL) == ()


def test_a_message_and_what_it_holds_know_one_another(
    documents: Documents, data: Path, fake: FakeEncoder, tmp_path: Path
) -> None:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = "Envoi de la note", "a@dge.fr", "b@dge.fr"
    message["Date"] = "Mon, 03 Jun 2024 10:00:00 +0200"
    message.set_content("Vous trouverez la note ci-jointe.")
    message.add_attachment("Le contenu de la note.", filename="note.txt")
    (tmp_path / "drop").mkdir()
    (tmp_path / "drop" / "envoi.eml").write_bytes(message.as_bytes())
    unpacked = tmp_path / "unpacked"
    unpacked.mkdir()
    with ExtractionPool(1, options=ExtractionOptions(unpack_dir=unpacked)) as pool:
        Indexing(
            compartment=Compartment(data, "general"),
            encoder=fake,
            read=pool.map,
            unpack_dir=unpacked,
            progress=lambda stage, done, total: None,
        ).drop(tmp_path / "drop")
    holder = documents.record(document_id("general", "envoi.eml"), GENERAL)
    assert holder is not None
    (attached,) = holder.attachments
    held = documents.record(attached.id, GENERAL)
    assert held is not None
    assert (held.inside, held.parent) == ("envoi.eml", holder.document)
    assert held.versions[0].drop == "drop"
    original = documents.original(attached.id, GENERAL)
    assert original is not None
    assert b"Le contenu de la note." in original.read_bytes()
    document, passages = documents.passages(attached.id, GENERAL) or (None, ())
    assert document == attached
    assert [passage.text for passage in passages] == ["Le contenu de la note."]


def test_images_kept_stay_within_their_bound_and_the_oldest_leave(tmp_path: Path) -> None:
    images = PageImages(tmp_path, 1_000)
    for number in range(12):
        images.put("general", "a" * 64, str(number), bytes(200))
        assert images.get("general", "a" * 64, "0") is not None
    kept = list(tmp_path.glob(f"compartments/*/{FOLDER}/*/*/*"))
    assert sum(path.stat().st_size for path in kept) <= 1_000
    assert {"0", "11"} <= {path.name for path in kept}
    assert images.get("general", "b" * 64, "0") is None


def test_what_cannot_be_kept_is_drawn_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "compartments").write_text("not a folder")
    images = PageImages(tmp_path, 1_000)
    images.put("general", "a" * 64, "1", b"x")
    assert images.get("general", "a" * 64, "1") is None
