"""The load benchmark: what it publishes is a generation like any other, and what it counts is what was answered."""

from pathlib import Path

from eval.bench.load import Tally, publish_again
from indexer.compartment import Compartment
from search_api.engine.answer import SearchRequest
from tests.collection import engine, index, write_files
from tests.encoders import FakeEncoder


def test_a_generation_published_again_answers_the_same_under_its_new_name(
    data: Path, fake: FakeEncoder, tmp_path: Path
) -> None:
    index(data, fake, write_files(tmp_path / "lot", {"a.md": "Une note sur les brevets.", "b.md": "Un contrat."}))
    asked = engine(data, fake)
    before = asked.search(SearchRequest(query="brevets"))
    names = [publish_again(Compartment(data, "general")) for _ in range(3)]
    after = asked.search(SearchRequest(query="brevets"))
    assert after.hits == before.hits
    assert after.coverage.generations == {"general": names[-1]}
    assert before.coverage.generations != after.coverage.generations


def test_what_is_no_answer_is_an_error_and_has_no_time() -> None:
    tally = Tally()
    tally.answered("hybrid", 0.02, "200")
    tally.answered("hybrid", 9.0, "503")
    tally.answered("hybrid", 9.0, "ReadTimeout")
    assert tally.milliseconds == [20.0]
    assert dict(tally.statuses) == {"200": 1, "503": 1, "ReadTimeout": 1}
