"""A judging desk over the documents held in memory: two topics, pooled as `reuni eval pool` does."""

from pathlib import Path

from corpus.document import BlockKind, Span
from eval.judging.desk import Assessing
from eval.topics import Topic
from search_api.engine.judging import PassagePlace
from tests.service_in_memory import Held, MemoryService

SIGN = Topic(
    "T1",
    "qui signe l’avenant",
    "L’analyste cherche qui peut signer un avenant.",
    "Répond : un texte qui nomme le signataire. Hors sujet : la simple mention d’un avenant.",
)
THRESHOLD = Topic("T2", "seuil d’autorisation", "L’analyste cherche un seuil.", "Répond : un texte qui le donne.")


def place_of(one: Held) -> PassagePlace:
    """The place of the last page's paragraphs."""
    page = one.pages[-1]
    blocks = [block for block in page.blocks if block.kind is BlockKind.PARAGRAPH]
    document = one.document
    span = Span(page.number, blocks[0].start, blocks[-1].end)
    return PassagePlace(one.compartment, document.id, document.external_id, document.version, (span,))


def desk_over(service: MemoryService, folder: Path, topics: tuple[Topic, ...] = (SIGN, THRESHOLD)) -> Assessing:
    """A desk where every document is to be judged for every topic."""
    desk = Assessing(folder / "desk" / "judging.sqlite")
    found = [(topic.id, place_of(one)) for topic in topics for one in service.collection]
    desk.add_pool(topics, found, ["mots", "sens"], 20)
    return desk
