"""Hundreds of hostile files through the pool, with sound ones between them."""

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import psutil
import pytest

from corpus.extraction.extracted import Extracted, ExtractionFailure, FailureState
from corpus.extraction.limits import MIB, Limits
from corpus.extraction.options import ExtractionOptions
from corpus.extraction.pool import ExtractionPool
from tests.poison.files import Hostile, hostile_files
from tests.poison.healthy import SENTENCE
from tests.poison.misbehaving import DEATHS, misbehaving

# A busy machine must not turn a slow file into a hostile one: only readers told to hang are waited for so little.
LIMITS = Limits(memory_bytes=512 * MIB, silence_seconds=60.0, cpu_seconds=120, file_bytes=64 * MIB)
IMPATIENT = replace(LIMITS, silence_seconds=6.0, cpu_seconds=30)
EXPECTED = {"read": 179, "quarantined": 230, "password_needed": 10, "unsupported": 13}
# What two looks at a worker's memory may miss of its growth.
SLACK = 128 * MIB


@dataclass
class Campaign:
    """What was sent and what came back."""

    hostile: dict[int, Hostile]
    sound: dict[int, str]
    outcomes: dict[int, Extracted | ExtractionFailure] = field(default_factory=dict)
    answers: int = 0
    peak: int = 0
    before: set[Path] = field(default_factory=set)


def outcome_of(outcome: Extracted | ExtractionFailure) -> str:
    return "read" if isinstance(outcome, Extracted) else outcome.state.value


WORKER = "tests.poison.worker"


def watch(campaign: Campaign, done: threading.Event) -> None:
    """The largest worker seen, descendants included; other tests may have left children of this process."""
    while not done.wait(0.05):
        for child in psutil.Process().children():
            try:
                if WORKER not in child.cmdline():
                    continue
                family = [child, *child.children(recursive=True)]
                campaign.peak = max(campaign.peak, sum(member.memory_info().rss for member in family))
            except psutil.Error:
                continue


def items(campaign: Campaign, files: Sequence[Hostile], folder: Path, every: int) -> Iterator[tuple[int, Path, str]]:
    """The files as the pool takes them, with a sound one after one in ``every``."""
    for rank, hostile in enumerate(files):
        key = len(campaign.hostile) + len(campaign.sound)
        (folder / str(key)).write_bytes(hostile.data)
        campaign.hostile[key] = hostile
        yield key, folder / str(key), hostile.name
        if rank % every == 0:
            text = f"Le voisin numéro {key} est sain."
            (folder / str(key + 1)).write_text(text)
            campaign.sound[key + 1] = text
            yield key + 1, folder / str(key + 1), f"voisin {key}.txt"


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Campaign]:
    folder = tmp_path_factory.mktemp("poison")
    unpacked = tmp_path_factory.mktemp("unpacked")
    scratch = tmp_path_factory.mktemp("scratch")
    campaign = Campaign({}, {})
    done = threading.Event()
    watcher = threading.Thread(target=watch, args=(campaign, done))
    watcher.start()
    try:
        options = ExtractionOptions(unpack_dir=unpacked, ocr=False)
        for limits, files, every in ((LIMITS, hostile_files(scratch), 4), (IMPATIENT, list(misbehaving()), 1)):
            with ExtractionPool(2, limits, options, module=WORKER) as pool:
                for key, outcome in pool.map(items(campaign, files, folder, every)):
                    campaign.answers += 1
                    campaign.outcomes[key] = outcome
    finally:
        done.set()
        watcher.join()
    yield campaign


def test_there_are_at_least_three_hundred_hostile_files(campaign: Campaign) -> None:
    assert len(campaign.hostile) >= 300


def test_what_went_in_came_out_once_each(campaign: Campaign) -> None:
    assert campaign.answers == len(campaign.hostile) + len(campaign.sound)
    assert campaign.outcomes.keys() == campaign.hostile.keys() | campaign.sound.keys()


def test_no_sound_neighbour_is_lost_or_changed(campaign: Campaign) -> None:
    for key, text in campaign.sound.items():
        outcome = campaign.outcomes[key]
        assert isinstance(outcome, Extracted), outcome
        assert outcome.pages[0].text == text


def test_each_hostile_file_ends_as_it_must(campaign: Campaign) -> None:
    wrong = {
        hostile.name[:60]: str(campaign.outcomes[key])[:200]
        for key, hostile in campaign.hostile.items()
        if outcome_of(campaign.outcomes[key]) != hostile.outcome
    }
    assert not wrong


@pytest.mark.parametrize(("deed", "reason"), DEATHS.items())
def test_a_reader_that_misbehaves_costs_its_file_and_says_why(campaign: Campaign, deed: str, reason: str) -> None:
    (outcome,) = (campaign.outcomes[key] for key, file in campaign.hostile.items() if file.name == f"{deed}.txt")
    assert isinstance(outcome, ExtractionFailure)
    assert outcome.state is FailureState.QUARANTINED
    assert reason in outcome.message
    assert outcome.remedy
    assert outcome.message.isprintable()


def test_the_counts_are_exact(campaign: Campaign) -> None:
    assert Counter(outcome_of(campaign.outcomes[key]) for key in campaign.hostile) == EXPECTED


def test_ten_thousand_pages_are_all_read(campaign: Campaign) -> None:
    pages = [
        outcome.pages
        for key, hostile in campaign.hostile.items()
        if hostile.name == "dix mille pages.pdf" and isinstance(outcome := campaign.outcomes[key], Extracted)
    ]
    assert [len(found) for found in pages] == [10_000]
    assert {page.text for page in pages[0]} == {SENTENCE}


def test_every_failure_says_why_and_what_to_do(campaign: Campaign) -> None:
    for outcome in campaign.outcomes.values():
        if isinstance(outcome, ExtractionFailure):
            assert outcome.message
            assert outcome.remedy
            assert "\n" not in str(outcome)


def test_memory_stays_bounded(campaign: Campaign) -> None:
    assert 0 < campaign.peak <= LIMITS.memory_bytes + SLACK


def test_nothing_escaped_its_folder(campaign: Campaign) -> None:
    assert not list(Path("/tmp").glob("*évadé*"))
    assert not list(Path.cwd().glob("*évadé*"))
    assert not Path("/etc/cron.d/évadé").exists()
    for outcome in campaign.outcomes.values():
        if isinstance(outcome, Extracted):
            assert all("évadé" not in str(attachment.path) for attachment in outcome.attachments)
