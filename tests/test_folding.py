"""Versions of one paper take one place in an answer, the newest shown; nothing exact is hidden by it."""

from collections import Counter
from pathlib import Path

import pytest

from search_api.engine.answer import Answer, Channel, Hit, SearchRequest, Sort
from search_api.engine.search import Engine
from tests.collection import engine, index, write_files
from tests.encoders import FakeEncoder

BODY = (
    "Le bureau a examiné vingt et une entreprises du quantique. Quatorze ont un actionnaire de pays tiers, qui détient "
    "entre cinq et vingt-cinq pour cent du capital. Aucune participation n’a été contrôlée, faute de seuil. "
)


def version(date: str, said: str) -> str:
    return f"---\ntitle: Contrôle du quantique\ndate: {date}\nservice: Bureau {date[:4]}\n---\n\n{BODY}{said}\n"


FILES = {
    "projet.md": version("2023-05-02", "Le dossier AB-2023-117 est ouvert, avec le numéro CD-2023-118."),
    "final.md": version("2024-06-21", "Le dossier est clos, comme le numéro CD-2023-118 et la lettre EF-2024-119."),
    "revu.md": version("2024-09-01", "Le dossier est clos, rien ne change."),
    "autre.md": "---\ntitle: Le quantique en Europe\ndate: 2024-01-10\nservice: Bureau 2024\n---\n\n"
    "Le règlement européen parle du quantique et de ses entreprises, dans un tout autre sens.\n",
}


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    root = tmp_path_factory.mktemp("folding")
    index(root / "data", FakeEncoder(), write_files(root / "files", FILES), name="lot")
    return engine(root / "data", FakeEncoder())


EVERYTHING = {"drop": ("lot",)}


def answer(asked: Engine, query: str, **options: object) -> Answer:
    return asked.search(SearchRequest(query=query, **options))  # type: ignore[arg-type]


def places(answer: Answer) -> list[tuple[str, ...]]:
    return [tuple(d.external_id.removesuffix(".md") for d in (hit.document, *hit.versions)) for hit in answer.hits]


@pytest.mark.parametrize("channel", list(Channel))
@pytest.mark.parametrize("query", ["entreprises du quantique", ""])
def test_a_family_has_one_place_newest_first(asked: Engine, query: str, channel: Channel) -> None:
    found = answer(asked, query, channel=channel, filters=EVERYTHING)
    assert set(places(found)) == {("revu", "final", "projet"), ("autre",)}
    assert found.total == 2
    assert [hit.rank for hit in found.hits] == [1, 2]


def test_without_folding_each_version_has_its_place(asked: Engine) -> None:
    found = answer(asked, "entreprises du quantique", fold=False)
    assert Counter(places(found)) == Counter([("revu",), ("final",), ("projet",), ("autre",)])


def test_the_newest_takes_the_place_and_the_score_of_the_best(asked: Engine) -> None:
    apart = answer(asked, "dossier clos lettre quantique", fold=False).hits
    together = answer(asked, "dossier clos lettre quantique").hits
    assert apart[0].document.external_id == "final.md"
    assert together[0].document.external_id == "revu.md"
    assert together[0].score == apart[0].score


@pytest.mark.parametrize("fold", [True, False])
def test_an_exact_thing_is_shown_in_the_version_that_holds_it(asked: Engine, fold: bool) -> None:
    assert places(answer(asked, "quantique AB-2023-117", fold=fold))[0] == ("projet",)
    assert places(answer(asked, "« le dossier AB-2023-117 est ouvert »", fold=fold))[0] == ("projet",)


def test_versions_that_hold_the_exact_thing_fold_together(asked: Engine) -> None:
    assert places(answer(asked, "quantique CD-2023-118"))[0] == ("final", "projet")


def test_versions_that_hold_different_exact_things_stay_apart(asked: Engine) -> None:
    found = places(answer(asked, "quantique AB-2023-117 EF-2024-119"))
    assert set(found[:2]) == {("projet",), ("final",)}


def test_what_the_filters_refuse_is_not_shown_for_what_they_accept(asked: Engine) -> None:
    assert places(answer(asked, "entreprises du quantique", filters={"year": ("2023",)})) == [("projet",)]
    assert places(answer(asked, "quantique date:2024-06")) == [("final",)]


@pytest.mark.parametrize("query", ["entreprises du quantique", ""])
def test_a_facet_counts_what_asking_for_it_would_show(asked: Engine, query: str) -> None:
    facets = answer(asked, query, filters=EVERYTHING).facets
    assert {count.value for count in facets["year"]} == {"2023", "2024"}
    for facet, counts in facets.items():
        for count in counts:
            found = answer(asked, query, filters=EVERYTHING | {facet: (count.value,)})
            assert found.total == count.count


def test_an_order_of_dates_is_that_of_what_is_shown(asked: Engine) -> None:
    assert places(answer(asked, "quantique", sort=Sort.OLDEST)) == [("autre",), ("revu", "final", "projet")]


def test_families_fold_within_their_compartment_only(tmp_path: Path, fake: FakeEncoder) -> None:
    files = write_files(tmp_path / "files", {name: FILES[name] for name in ("projet.md", "final.md")})
    for name in ("general", "secret"):
        index(tmp_path / "data", fake, files, compartment=name)
    asked = engine(tmp_path / "data", fake)
    hits: tuple[Hit, ...] = answer(asked, "quantique", compartments=("general", "secret")).hits
    assert sorted((hit.compartment, len(hit.versions)) for hit in hits) == [("general", 1), ("secret", 1)]
