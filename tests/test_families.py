"""Version families: near-duplicates are found, named, told newest first, and compared."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.catalogue import Catalogue
from corpus.differences import Change, differences
from corpus.document import BlockKind, Page
from corpus.extraction.page_builder import PageBuilder
from corpus.signatures import bands, signature, similarity, titles_alike
from indexer.compartment import Compartment
from tests.collection import index, write_files
from tests.encoders import FakeEncoder

TITLE = "# Technologies quantiques : faut-il étendre le contrôle ?\n\n"
FINDING = (
    "Sur vingt et une jeunes entreprises françaises du quantique, quatorze ont au moins un actionnaire de pays tiers "
    "détenant entre cinq et vingt-cinq pour cent du capital.\n\nAucune de ces participations n’a été contrôlée : la "
    "société n’est pas cotée et le seuil est de vingt-cinq pour cent des droits de vote.\n\n"
)
DRAFT = TITLE + FINDING + "Le bureau propose d’attendre la révision du règlement européen avant toute décision.\n"
FINAL = TITLE + FINDING + "Le bureau recommande d’abaisser le seuil à dix pour cent pour ces seules technologies.\n"
OTHER = (
    "# Hydrogène\n\nLa commission de normalisation a examiné la sécurité des électrolyseurs à haute température, la "
    "distance de sécurité entre les modules et le calendrier de l’enquête publique prévue au printemps.\n"
)


@pytest.fixture
def lot(tmp_path: Path) -> Path:
    dated = {"projet.md": f"Paris, le 3 juin 2024\n\n{DRAFT}", "final.md": f"Paris, le 21 juin 2024\n\n{FINAL}"}
    return write_files(tmp_path / "lot", dated | {"autre.md": OTHER})


def family(data: Path, path: str) -> list[str]:
    with Catalogue.open(Compartment(data, "general").catalogue, read_only=True) as catalogue:
        members = catalogue.family(catalogue.document_at(path) or "")
        names = {member.metadata.get("family") for member in members}
        assert len(names) == 1 and (len(members) > 1) is (None not in names)
        return [member.external_id for member in members]


def test_a_draft_and_its_final_version_are_a_family_newest_first(data: Path, fake: FakeEncoder, lot: Path) -> None:
    index(data, fake, lot)
    assert family(data, "projet.md") == family(data, "final.md") == ["final.md", "projet.md"]
    assert family(data, "autre.md") == ["autre.md"]


def test_a_family_keeps_its_name_and_ends_with_its_last_pair(data: Path, fake: FakeEncoder, lot: Path) -> None:
    def name() -> str | None:
        with Catalogue.open(Compartment(data, "general").catalogue, read_only=True) as catalogue:
            return next(d.metadata.get("family") for d in catalogue.documents() if d.external_id == "final.md")

    index(data, fake, lot)
    first = name()
    third = DRAFT.replace("d’attendre", "de ne pas attendre")
    write_files(lot, {"tout-premier.md": f"Paris, le 2 mai 2024\n\n{third}"})
    index(data, fake, lot)
    assert family(data, "final.md") == ["final.md", "projet.md", "tout-premier.md"]
    assert name() == first is not None
    (lot / "projet.md").unlink()
    (lot / "tout-premier.md").unlink()
    done = index(data, fake, lot, mode="full")
    assert done.report.withdrawn == 2 and done.published.built
    assert family(data, "final.md") == ["final.md"]


def test_a_document_that_changes_leaves_its_family(data: Path, fake: FakeEncoder, lot: Path) -> None:
    index(data, fake, lot)
    write_files(lot, {"projet.md": OTHER.replace("Hydrogène", "Électrolyse")})
    index(data, fake, lot)
    assert family(data, "final.md") == ["final.md"]


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("Faut-il étendre le contrôle ? (projet)", "Faut-il étendre le contrôle ?", True),
        ("Note quantique IEF v1", "Note quantique IEF vdef", True),
        ("Avenant n° 1 à la convention", "Avenant n° 2 à la convention", False),
        ("Rapport du premier trimestre", "Glossaire de la sécurité économique", False),
    ],
)
def test_titles_tell_versions_from_sisters(one: str, other: str, alike: bool) -> None:
    assert titles_alike(one, other) is titles_alike(other, one) is alike


def test_signatures_estimate_the_share_of_common_words() -> None:
    words = [f"mot{n}" for n in range(600)]
    whole, half = signature(" ".join(words)), signature(" ".join(words[300:] + [f"autre{n}" for n in range(300)]))
    assert similarity(whole, whole) == 1
    assert similarity(whole, half) == pytest.approx(1 / 3, abs=0.15)
    assert similarity(whole, signature("trop court")) == 0 == len(bands(signature("trop court")))
    assert set(bands(whole)) == set(bands(signature(" ".join(words))))


def pages(*paragraphs: str) -> tuple[Page, ...]:
    builder = PageBuilder()
    for text in paragraphs:
        builder.add(BlockKind.PARAGRAPH, text)
    builder.add(BlockKind.FURNITURE, "page 1 sur 1")
    return (builder.page(),)


def test_what_changed_is_told_by_paragraph_then_by_word() -> None:
    old = pages("Le contrôle est obligatoire.", "Le seuil est de 25 % du capital.", "Dernier alinéa.")
    new = pages("Le contrôle est obligatoire.", "Le seuil est de 10 % du capital.", "Tout autre chose ici.")
    found = differences(old, new)
    assert [difference.changed for difference in found] == [False, True, True, True]
    assert [(piece.change.value, piece.text) for piece in found[1].pieces] == [
        ("same", "Le seuil est de "),
        ("removed", "25"),
        ("added", "10"),
        ("same", " % du capital."),
    ]
    assert (found[1].old_page, found[1].new_page) == (1, 1)
    assert {(d.pieces[0].change, d.old_page, d.new_page) for d in found[2:]} == {
        (Change.ADDED, None, 1),
        (Change.REMOVED, 1, None),
    }


PARAGRAPH = st.lists(st.sampled_from(["seuil", "contrôle", "25 %", "ministre,", "avis"]), min_size=1, max_size=6)
TEXT = st.lists(PARAGRAPH.map(" ".join), max_size=6)


@given(old=TEXT, new=TEXT)
def test_both_versions_can_be_read_back_from_their_difference(old: list[str], new: list[str]) -> None:
    found = differences(pages(*old), pages(*new))
    for paragraphs, left_out in ((old, Change.ADDED), (new, Change.REMOVED)):
        kept = ["".join(p.text for p in d.pieces if p.change is not left_out) for d in found]
        assert [text for text in kept if text] == paragraphs
