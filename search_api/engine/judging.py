"""What the judging desk is to whoever serves it: people grade documents, and their grades become judgments."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from corpus.document import Span


class Verdict(StrEnum):
    """What an assessor says of a document for a topic."""

    OFF = "0"
    NEAR = "1"
    PARTLY = "2"
    ANSWERS = "3"
    UNJUDGEABLE = "unjudgeable"
    """It cannot be judged (unreadable, withdrawn): it stays without a judgment."""
    LATER = "later"
    """Put off: it comes back at the end of the topic, and counts as not judged."""

    @property
    def final(self) -> bool:
        """Whether the assessor is done with the document."""
        return self is not Verdict.LATER

    @property
    def grade(self) -> int | None:
        """0 to 3, or None for a verdict that is not a grade."""
        return int(self.value) if self.value.isdigit() else None


@dataclass(frozen=True, slots=True)
class JudgedTopic:
    """An information need: what is typed, the need in a sentence, and what is relevant."""

    id: str
    title: str
    description: str
    narrative: str


@dataclass(frozen=True, slots=True)
class PassagePlace:
    """A document, and the passage of it to read first.

    Attributes:
        document_id, external_id, version: as the index knew the document at that time.
        spans: the passage; none when it is the whole document.
    """

    compartment: str
    document_id: str
    external_id: str
    version: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Pooled:
    """One document to judge for a topic; nothing says which system found it, or where. ``id`` is of the pair."""

    id: int
    topic: str
    place: PassagePlace


@dataclass(frozen=True, slots=True)
class Task:
    """One document of an assessor's work, and what they said of it so far."""

    pooled: Pooled
    verdict: Verdict | None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an assessor is with a topic."""

    topic: JudgedTopic
    pooled: int
    judged: int
    later: int


@dataclass(frozen=True, slots=True)
class PairAgreement:
    """Two assessors compared on the documents both graded.

    Attributes:
        both: how many those are.
        equal: share of them with the same grade.
        kappa: quadratically weighted; None when it is not defined.
    """

    first: str
    second: str
    both: int
    equal: float
    kappa: float | None


@dataclass(frozen=True, slots=True)
class Dispute:
    """A document that assessors judged differently; the verdicts are sorted, and nothing says whose they are."""

    pooled: Pooled
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True)
class Opinion:
    """A reader's opinion of one hit of a search; nothing in it says who the reader is."""

    query: str
    place: PassagePlace
    useful: bool


@dataclass(frozen=True, slots=True)
class Opinions:
    """How often readers found a document useful, or not, for a question.

    Attributes:
        id: of the question and the document, in this desk.
        last: the day of the latest opinion, ISO 8601.
    """

    id: int
    query: str
    place: PassagePlace
    useful: int
    useless: int
    last: str


class QrelsForm(StrEnum):
    """How judgments are written: TREC's four columns, or BEIR's three with a header."""

    TREC = "trec"
    BEIR = "beir"


@dataclass(frozen=True, slots=True)
class Exported:
    """Judgments that can be published.

    Attributes:
        text: a file of judgments: what all assessors of a document agree on, or the decision.
        judged: how many judgments it holds.
        alone: documents that wait for a second reading, left out.
        undecided: documents that wait for a decision, left out.
    """

    text: str
    judged: int
    alone: int
    undecided: int


class JudgingDesk(Protocol):
    """Pools, judgments and opinions. Safe to call from several threads; raises ReuniError only.

    ``compartments`` are always those the caller may read: what was pooled from others does not exist for them.
    """

    def assessors(self) -> tuple[str, ...]:
        """Everyone who judged something, by name."""
        ...

    def topic(self, topic_id: str) -> JudgedTopic | None:
        """A topic, or None."""
        ...

    def progress(self, assessor: str, compartments: Sequence[str]) -> tuple[Progress, ...]:
        """The topics to judge, in the assessor's own order."""
        ...

    def tasks(self, topic_id: str, assessor: str, compartments: Sequence[str]) -> tuple[Task, ...]:
        """The documents of a topic, shuffled for this assessor; always in the same order."""
        ...

    def judge(self, item: int, assessor: str, verdict: Verdict, compartments: Sequence[str]) -> None:
        """Keep an assessor's verdict, in the place of an earlier one.

        Raises:
            Missing: nothing of that number was pooled from these compartments.
        """
        ...

    def agreements(self, compartments: Sequence[str]) -> tuple[PairAgreement, ...]:
        """Every pair of assessors who graded something in common, by name."""
        ...

    def disputes(self, compartments: Sequence[str]) -> tuple[Dispute, ...]:
        """What waits for a decision, widest disagreement first."""
        ...

    def decide(self, item: int, by: str, verdict: Verdict, reason: str, compartments: Sequence[str]) -> None:
        """Settle a disagreement.

        Raises:
            Missing: nothing of that number was pooled from these compartments.
            InputError: no reason, or no decision.
        """
        ...

    def export(self, form: QrelsForm, compartments: Sequence[str]) -> Exported:
        """The judgments as they stand.

        Raises:
            InputError: one name stands for two documents, in two compartments.
        """
        ...

    def reading(self, assessor: str, form: QrelsForm, compartments: Sequence[str]) -> str:
        """One assessor's own grades, as a file of judgments.

        Raises:
            InputError: one name stands for two documents, in two compartments.
        """
        ...

    def give(self, opinion: Opinion) -> None:
        """Keep a reader's opinion."""
        ...

    def opinions(self, compartments: Sequence[str]) -> tuple[Opinions, ...]:
        """What readers thought of, most recent first."""
        ...

    def retain(self, opinions: int, topic_id: str, by: str, verdict: Verdict, compartments: Sequence[str]) -> None:
        """Turn opinions into a judgment of ``by``: the document joins the topic's pool, the opinions are erased.

        Raises:
            Missing: no such opinions for these compartments, or no such topic.
        """
        ...

    def dismiss(self, opinions: int, compartments: Sequence[str]) -> None:
        """Erase opinions, and the question they were about.

        Raises:
            Missing: no such opinions for these compartments.
        """
        ...
