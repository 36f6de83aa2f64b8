"""What is near a document, or near one of its passages."""

from pathlib import Path

import pytest

from search_api.engine.answer import SearchRequest
from search_api.engine.search import Engine
from tests.collection import engine, index, write_files
from tests.encoders import FakeEncoder

BLOCKING = "La loi de blocage interdit de communiquer des documents à une autorité étrangère, sauf convention."
HYDROGEN = "L’électrolyseur produit de l’hydrogène à haute température pour la sidérurgie et la mobilité lourde."
FILES = {
    "saisine.md": f"# Saisine\n\n## Droit\n\n{BLOCKING}\n\n## Procédé\n\n{HYDROGEN}\n",
    "loi.md": f"# Loi de blocage\n\n{BLOCKING} Le SISSE répond à l’entreprise en un mois.\n",
    "loi-2.md": f"# Loi de blocage\n\n{BLOCKING} Le SISSE répond à l’entreprise en deux mois.\n",
    "filiere.md": f"# Filière hydrogène\n\n{HYDROGEN} Deux usines ouvrent.\n",
    "cantine.md": "# Cantine\n\nLe menu du mardi comporte une entrée, un plat, un dessert.\n",
}


@pytest.fixture
def asked(data: Path, fake: FakeEncoder, tmp_path: Path) -> Engine:
    index(data, fake, write_files(tmp_path / "lot", FILES))
    return engine(data, fake)


def ids(asked: Engine) -> dict[str, tuple[str, str]]:
    """External id to the document's id and that of its passage that answers its name."""
    hits = asked.search(SearchRequest("loi hydrogène menu saisine", k=50, fold=False)).hits
    return {hit.document.external_id: (hit.document.id, hit.passage.id) for hit in hits}


def near(asked: Engine, name: str, passage_id: str = "") -> list[str]:
    return [hit.document.external_id for hit in asked.similar(ids(asked)[name][0], None, 10, passage_id)]


def test_what_shares_its_subject_comes_first_and_the_document_itself_is_left_out(asked: Engine) -> None:
    found = near(asked, "filiere.md")
    assert found[0] == "saisine.md"
    assert "filiere.md" not in found
    assert "cantine.md" in found[-2:]


def test_versions_of_the_document_are_left_out_and_those_of_another_are_one(asked: Engine) -> None:
    assert not {"loi.md", "loi-2.md"} & set(near(asked, "loi.md"))
    hits = asked.similar(ids(asked)["saisine.md"][0])
    assert sorted(len(hit.versions) for hit in hits) == [0, 0, 1]
    assert [hit.rank for hit in hits] == [1, 2, 3]


@pytest.mark.parametrize(
    ("said", "first"), [("électrolyseur hydrogène", {"filiere.md"}), ("loi blocage", {"loi.md", "loi-2.md"})]
)
def test_what_is_near_a_passage_speaks_of_that_passage(asked: Engine, said: str, first: set[str]) -> None:
    hits = asked.search(SearchRequest(said, k=50)).hits
    passage = next(hit.passage.id for hit in hits if hit.document.external_id == "saisine.md")
    assert near(asked, "saisine.md", passage)[0] in first


def test_nothing_is_near_what_is_not_there(asked: Engine) -> None:
    known = ids(asked)
    assert asked.similar("0" * 20) == ()
    assert asked.similar(known["loi.md"][0], None, 10, "0" * 24) == ()
    assert asked.similar(known["loi.md"][0], None, 10, known["filiere.md"][1]) == ()


def test_only_the_compartments_given_are_looked_in(
    data: Path, fake: FakeEncoder, tmp_path: Path, asked: Engine
) -> None:
    secret = write_files(tmp_path / "secret", {"note.md": f"# Note\n\n{HYDROGEN}\n"})
    index(data, fake, secret, compartment="secret")
    document = ids(asked)["filiere.md"][0]
    assert {hit.compartment for hit in asked.similar(document, ("general",))} == {"general"}
    assert asked.similar(document, ("general", "secret"))[0].document.external_id == "note.md"
    assert asked.similar(document, ("secret",)) == ()
