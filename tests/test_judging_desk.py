"""Judgments are kept a person each, put together without guessing, and never say more than the reader may know."""

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from corpus.errors import InputError
from eval.judging.desk import Assessing
from eval.qrels import read_qrels
from search_api.engine.desk import DeskError, Missing
from search_api.engine.judging import Opinion, QrelsForm, Verdict
from tests.judging_desk import SIGN, THRESHOLD, desk_over, place_of
from tests.service_in_memory import MemoryService, held, page_of, small_collection
from tests.service_in_memory import P as PARAGRAPH

OPEN = ("commun",)


@pytest.fixture
def service() -> MemoryService:
    secret = held("x/cible.pdf", "Cible", [page_of(1, (PARAGRAPH, "Le nom de la cible."))], compartment="defense")
    return MemoryService([*small_collection(), secret], names=("commun", "defense"))


@pytest.fixture
def desk(service: MemoryService, tmp_path: Path) -> Assessing:
    return desk_over(service, tmp_path)


def numbers(desk: Assessing, topic: str = "T1") -> list[int]:
    """Items of a topic, by the name of their document."""
    found = [task.pooled for task in desk.tasks(topic, "x", OPEN)]
    return [item.id for item in sorted(found, key=lambda item: item.place.external_id)]


def test_two_assessors_read_in_two_orders_that_never_change(desk: Assessing) -> None:
    orders = {
        tuple(task.pooled.id for task in desk.tasks("T1", f"personne {n}", OPEN)) for n in range(20) for _ in (0, 1)
    }
    assert {tuple(sorted(order)) for order in orders} == {tuple(sorted(numbers(desk)))}
    assert 1 < len(orders) <= 6


def test_numbers_say_nothing_of_systems_or_ranks(service: MemoryService, tmp_path: Path) -> None:
    desk = Assessing(tmp_path / "judging.sqlite")
    found = [(SIGN.id, place_of(one)) for one in reversed(service.collection)]
    desk.add_pool([SIGN], found, ["mots"], 20)
    ordered = sorted(desk.items(("commun", "defense")), key=lambda item: item.id)
    names = [(item.place.compartment, item.place.external_id) for item in ordered]
    assert names == sorted(names)


def test_pooling_again_adds_what_is_new_and_follows_new_versions(service: MemoryService, desk: Assessing) -> None:
    desk.judge(numbers(desk)[0], "Noor", Verdict.ANSWERS, OPEN)
    first = service.collection[0]
    moved = replace(place_of(first), version="b" * 64, external_id="2020/avenant.pdf")
    assert desk.add_pool([SIGN], [("T1", moved)], ["hybride"], 20) == 0
    (item,) = [one for one in desk.items(OPEN, "T1") if one.place.document_id == first.document.id]
    assert (item.place.version, item.place.external_id) == ("b" * 64, "2020/avenant.pdf")
    assert desk.progress("Noor", OPEN)[0].judged + desk.progress("Noor", OPEN)[1].judged == 1


def test_a_judged_topic_is_not_rewritten(desk: Assessing) -> None:
    with pytest.raises(InputError, match="T1 est déjà au banc"):
        desk.add_pool([replace(SIGN, narrative="Autre consigne.")], [], [], 20)


def test_what_is_put_off_is_not_judged(desk: Assessing) -> None:
    first, second, _ = numbers(desk)
    desk.judge(first, "Noor", Verdict.LATER, OPEN)
    desk.judge(second, "Noor", Verdict.UNJUDGEABLE, OPEN)
    line = next(line for line in desk.progress("Noor", OPEN) if line.topic.id == "T1")
    assert (line.pooled, line.judged, line.later) == (3, 1, 1)


def test_agreement_is_that_of_the_documents_both_graded(desk: Assessing) -> None:
    items = [*numbers(desk), *numbers(desk, "T2")]
    for item, one, two in zip(items, "3210", "3211", strict=False):
        desk.judge(item, "Camille", Verdict(one), OPEN)
        desk.judge(item, "Noor", Verdict(two), OPEN)
    desk.judge(items[4], "Camille", Verdict.ANSWERS, OPEN)
    desk.judge(items[4], "Noor", Verdict.UNJUDGEABLE, OPEN)
    (pair,) = desk.agreements(OPEN)
    assert (pair.first, pair.second, pair.both, pair.equal) == ("Camille", "Noor", 4, 0.75)
    assert pair.kappa is not None and 0.8 < pair.kappa < 1


def test_a_disagreement_waits_for_a_decision_that_has_a_reason(desk: Assessing) -> None:
    item = numbers(desk)[0]
    desk.judge(item, "Camille", Verdict.ANSWERS, OPEN)
    desk.judge(item, "Noor", Verdict.OFF, OPEN)
    (dispute,) = desk.disputes(OPEN)
    assert (dispute.pooled.id, dispute.verdicts) == (item, (Verdict.OFF, Verdict.ANSWERS))
    with pytest.raises(InputError, match="avec sa raison"):
        desk.decide(item, "Sacha", Verdict.PARTLY, "  ", OPEN)
    with pytest.raises(InputError, match="une note"):
        desk.decide(item, "Sacha", Verdict.LATER, "on verra", OPEN)
    desk.decide(item, "Sacha", Verdict.PARTLY, "le signataire n’est pas nommé", OPEN)
    assert desk.disputes(OPEN) == ()


def test_what_comes_out_is_agreed_or_decided(desk: Assessing, tmp_path: Path) -> None:
    agreed, disputed, alone = numbers(desk)
    for assessor, verdict in (("Camille", Verdict.ANSWERS), ("Noor", Verdict.OFF)):
        desk.judge(agreed, assessor, Verdict.NEAR, OPEN)
        desk.judge(disputed, assessor, verdict, OPEN)
    desk.judge(alone, "Noor", Verdict.ANSWERS, OPEN)
    before = desk.export(QrelsForm.BEIR, OPEN)
    assert (before.judged, before.alone, before.undecided) == (1, 1, 1)
    desk.decide(disputed, "Sacha", Verdict.PARTLY, "un élément", OPEN)
    for form, name in ((QrelsForm.BEIR, "q.tsv"), (QrelsForm.TREC, "q.txt")):
        (tmp_path / name).write_text(desk.export(form, OPEN).text, encoding="utf-8")
        assert read_qrels(tmp_path / name) == {"T1": {"2019/avenant.pdf": 1, "notes/chaines.pdf": 2}}
    (tmp_path / "noor.tsv").write_text(desk.reading("Noor", QrelsForm.BEIR, OPEN), encoding="utf-8")
    assert read_qrels(tmp_path / "noor.tsv")["T1"]["notes/investissements.docx"] == 3


def test_what_is_not_judgeable_stays_unjudged(desk: Assessing) -> None:
    for assessor in ("Camille", "Noor"):
        desk.judge(numbers(desk)[0], assessor, Verdict.UNJUDGEABLE, OPEN)
    found = desk.export(QrelsForm.TREC, OPEN)
    assert (found.text, found.judged, found.alone, found.undecided) == ("", 0, 0, 0)


def test_what_a_compartment_holds_exists_for_its_readers_only(desk: Assessing) -> None:
    everything = ("commun", "defense")
    (hidden,) = {item.id for item in desk.items(everything, "T1")} - {item.id for item in desk.items(OPEN, "T1")}
    for assessor, verdict in (("Camille", Verdict.ANSWERS), ("Noor", Verdict.OFF)):
        desk.judge(hidden, assessor, verdict, everything)
    assert not desk.disputes(OPEN) and not desk.agreements(OPEN)
    assert desk.export(QrelsForm.TREC, OPEN).undecided == 0
    assert len(desk.disputes(everything)) == 1
    with pytest.raises(Missing, match="pas de document n°"):
        desk.judge(hidden, "Noor", Verdict.NEAR, OPEN)
    with pytest.raises(Missing, match="pas de document n°"):
        desk.decide(hidden, "Noor", Verdict.NEAR, "raison", OPEN)
    with pytest.raises(Missing, match="pas de document n°"):
        desk.judge(10_000, "Noor", Verdict.NEAR, everything)


def test_one_name_in_two_compartments_is_not_exported_as_one(service: MemoryService, tmp_path: Path) -> None:
    twin = held("2019/avenant.pdf", "Autre", [page_of(1, (PARAGRAPH, "Autre."))], compartment="defense")
    service.collection.append(twin)
    desk, both = desk_over(service, tmp_path, (SIGN,)), ("commun", "defense")
    for item in desk.items(both):
        for assessor in ("Camille", "Noor"):
            desk.judge(item.id, assessor, Verdict.NEAR, both)
    with pytest.raises(InputError, match="deux compartiments"):
        desk.export(QrelsForm.TREC, both)
    assert desk.export(QrelsForm.TREC, ("defense",)).judged == 2


def test_opinions_are_counted_without_names_and_become_a_judgment(service: MemoryService, desk: Assessing) -> None:
    place = place_of(service.collection[1])
    for useful in (True, True, False):
        desk.give(Opinion("seuil d’autorisation", place, useful))
    (found,) = desk.opinions(OPEN)
    assert (found.useful, found.useless, found.place) == (2, 1, place)
    assert desk.opinions(("defense",)) == ()
    with pytest.raises(Missing, match="n’existe pas"):
        desk.retain(found.id, "T9", "Sacha", Verdict.ANSWERS, OPEN)
    with pytest.raises(Missing, match="n’est plus là"):
        desk.retain(found.id, "T2", "Sacha", Verdict.ANSWERS, ("defense",))
    desk.retain(found.id, THRESHOLD.id, "Sacha", Verdict.ANSWERS, OPEN)
    assert desk.opinions(OPEN) == ()
    assert "notes/investissements.docx\t3" in desk.reading("Sacha", QrelsForm.BEIR, OPEN)


def test_a_retained_opinion_adds_its_document_to_the_pool(service: MemoryService, tmp_path: Path) -> None:
    desk = Assessing(tmp_path / "judging.sqlite")
    desk.add_pool([SIGN], [(SIGN.id, place_of(service.collection[0]))], [], 20)
    desk.give(Opinion("signature", place_of(service.collection[1]), useful=True))
    desk.retain(desk.opinions(OPEN)[0].id, SIGN.id, "Sacha", Verdict.NEAR, OPEN)
    assert len(desk.tasks(SIGN.id, "Noor", OPEN)) == 2


def test_a_dismissed_opinion_and_its_question_are_erased(service: MemoryService, desk: Assessing) -> None:
    desk.give(Opinion("question confidentielle", place_of(service.collection[0]), useful=False))
    (found,) = desk.opinions(OPEN)
    with pytest.raises(Missing):
        desk.dismiss(found.id, ("defense",))
    desk.dismiss(found.id, OPEN)
    assert desk.opinions(OPEN) == ()


def test_the_desk_holds_no_text_of_a_document(desk: Assessing, tmp_path: Path) -> None:
    stored = b"".join(path.read_bytes() for path in (tmp_path / "desk").iterdir())
    assert b"Le nom de la cible" not in stored
    assert b"cible.pdf" in stored


def test_a_desk_of_another_format_is_refused(desk: Assessing, tmp_path: Path) -> None:
    db = sqlite3.connect(tmp_path / "desk" / "judging.sqlite")
    db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(DeskError, match="format 99"):
        desk.topics()
