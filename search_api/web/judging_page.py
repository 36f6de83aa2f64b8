"""The judging pages: an assessor's topics, one document at a time, disagreements, readers' opinions."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import QueryParams

from search_api.engine.judging import Dispute, Opinions, Task, Verdict
from search_api.http.french import page_name, paged
from search_api.http.house import Role, TheHouse, User, requires
from search_api.http.judging import LONGEST_REASON, NAME_PATTERN, OpinionIn, ReadPlace, TheDesk, read_place
from search_api.http.problems import ProblemError
from search_api.http.routes.judging import keep_opinion
from search_api.http.wire import read_spans, span_out
from search_api.web.address import SearchAddress
from search_api.web.rendering import TheRenderer

router = APIRouter(include_in_schema=False)

Assessor = Annotated[User, Depends(requires(Role.ASSESSOR))]
Manager = Annotated[User, Depends(requires(Role.MANAGER))]
Reader = Annotated[User, Depends(requires(Role.ANALYST))]

GRADES = (
    (Verdict.ANSWERS, "3", "répond", "L’analyste pourrait le citer."),
    (Verdict.PARTLY, "2", "répond en partie", "Un élément de la réponse, ou la réponse à un cas proche."),
    (Verdict.NEAR, "1", "voisin du sujet", "Sur le sujet, sans la réponse."),
    (Verdict.OFF, "0", "hors sujet", "Sans rapport, ou écarté par la consigne."),
)
"""Verdict, key, name and meaning, best first."""
OTHERS = (
    (Verdict.UNJUDGEABLE, "i", "non jugeable", "Illisible, ou retiré du fonds."),
    (Verdict.LATER, "l", "plus tard", "Revient à la fin du sujet."),
)
NAMES = {verdict: name for verdict, _, name, _ in (*GRADES, *OTHERS)}
_OPINION = re.compile(r"(utile|inutile)\|([^|]{1,300})\|([^|]{1,200})\|([0-9:,-]{0,2000})\|([0-9]{1,4})")


@dataclass(frozen=True, slots=True)
class PlaceView:
    """A pooled document ready for its template; ``where`` is the page in words, or ""."""

    read: ReadPlace
    where: str


@dataclass(frozen=True, slots=True)
class DisputeView:
    """A disagreement ready for its template."""

    dispute: Dispute
    place: PlaceView


@dataclass(frozen=True, slots=True)
class OpinionsView:
    """Opinions ready for their template."""

    opinions: Opinions
    place: PlaceView


def _view(read: ReadPlace) -> PlaceView:
    document, page = read.document, read.page
    where = ""
    if document and page and read.text and paged(document.media_type, document.pages):
        where = page_name(document.media_type, page.number, page.label)
    return PlaceView(read, where)


def _name(text: str) -> str:
    """The name an assessor gave, or "" when it is none."""
    name = " ".join(text.split())
    return name if re.fullmatch(NAME_PATTERN, name) else ""


def _address(path: str, **parameters: object) -> str:
    return f"{path}?{urlencode(parameters)}"


def topic_address(topic: str, assessor: str, **parameters: object) -> str:
    """The page where an assessor judges a topic."""
    return _address(f"/jugement/sujets/{quote(topic, safe='')}", assesseur=assessor, **parameters)


def _required(text: str) -> str:
    name = _name(text)
    if not name:
        raise ProblemError(
            422,
            "assessor-unnamed",
            "Un jugement porte le nom de qui l’a fait : une lettre d’abord, quarante caractères au plus.",
            remedy="Choisissez votre nom à la page /jugement.",
        )
    return name


@router.get("/jugement")
def judging_page(request: Request, desk: TheDesk, user: Assessor, renderer: TheRenderer) -> Response:
    """Who judges, and what is left to judge."""
    given = request.query_params.get("assesseur", "")
    name = _name(given)
    lines = desk.progress(name, user.compartments)
    following = next((line for line in lines if line.judged < line.pooled), None)
    return renderer.page(
        request,
        "judging.html",
        name=name,
        refused=given if given.strip() and not name else "",
        assessors=desk.assessors(),
        lines=lines,
        following=following,
        pooled=sum(line.pooled for line in lines),
        judged=sum(line.judged for line in lines),
        agreements=desk.agreements(user.compartments),
        disputes=len(desk.disputes(user.compartments)),
        opinions=len(desk.opinions(user.compartments)) if Role.MANAGER in user.roles else 0,
        manager=Role.MANAGER in user.roles,
        topic_address=topic_address,
        address=_address,
    )


def next_task(tasks: Sequence[Task], after: int | None) -> Task | None:
    """The task to show: the first without a verdict from ``after`` on, then any, then one put off."""
    place = next((at for at, task in enumerate(tasks) if task.pooled.id == after), -1)
    ahead = [*tasks[place + 1 :], *tasks[: place + 1]]
    open_tasks = [task for task in ahead if task.verdict is None]
    put_off = [task for task in ahead if task.verdict is Verdict.LATER]
    return next(iter((*open_tasks, *put_off)), None)


@router.get("/jugement/sujets/{topic_id}")
def topic_page(
    request: Request, topic_id: str, house: TheHouse, desk: TheDesk, user: Assessor, renderer: TheRenderer
) -> Response:
    """One document of a topic, to be graded; then the next."""
    name = _name(request.query_params.get("assesseur", ""))
    if not name:
        return RedirectResponse("/jugement", status_code=303)
    topic, tasks = desk.topic(topic_id), desk.tasks(topic_id, name, user.compartments)
    if topic is None or not tasks:
        raise ProblemError(
            404, "topic-not-found", "Ce sujet n’a pas de document à juger.", remedy="Partez de la page /jugement."
        )
    numbers = [task.pooled.id for task in tasks]
    chosen = _number(request.query_params.get("document", ""))
    graded = next((t for t in tasks if t.pooled.id == _number(request.query_params.get("note", ""))), None)
    task = next((t for t in tasks if t.pooled.id == chosen), None)
    task = task or next_task(tasks, graded.pooled.id if graded else None)
    at = numbers.index(task.pooled.id) if task else -1
    return renderer.page(
        request,
        "judging_topic.html",
        topic=topic,
        name=name,
        tasks=tasks,
        task=task,
        place=_view(read_place(task.pooled.place, house, user)) if task else None,
        at=at,
        previous=numbers[at - 1] if at > 0 else None,
        following=numbers[at + 1] if 0 <= at < len(numbers) - 1 else None,
        judged=sum(t.verdict is not None and t.verdict.final for t in tasks),
        graded=graded,
        grades=GRADES,
        others=OTHERS,
        names=NAMES,
        topic_address=topic_address,
        address=_address,
    )


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


Name = Annotated[str, Form(max_length=200)]
Item = Annotated[int, Form(ge=1, le=2**53)]
Given = Annotated[Verdict, Form()]


@router.post("/jugement/sujets/{topic_id}")
def judge(topic_id: str, desk: TheDesk, user: Assessor, assesseur: Name, document: Item, note: Given) -> Response:
    """Keep a verdict, and go on to the next document."""
    name = _required(assesseur)
    desk.judge(document, name, note, user.compartments)
    return RedirectResponse(topic_address(topic_id, name, note=document) + "#document", status_code=303)


@router.get("/jugement/arbitrage")
def disputes_page(request: Request, house: TheHouse, desk: TheDesk, user: Assessor, renderer: TheRenderer) -> Response:
    """What assessors judged differently."""
    name = _name(request.query_params.get("assesseur", ""))
    found = desk.disputes(user.compartments)
    return renderer.page(
        request,
        "judging_disputes.html",
        name=name,
        total=len(found),
        disputes=[DisputeView(one, _view(read_place(one.pooled.place, house, user))) for one in found[:20]],
        topics={one.pooled.topic: desk.topic(one.pooled.topic) for one in found[:20]},
        grades=GRADES,
        others=OTHERS[:1],
        names=NAMES,
        longest=LONGEST_REASON,
        address=_address,
    )


@router.post("/jugement/arbitrage")
def decide(
    desk: TheDesk,
    user: Assessor,
    assesseur: Name,
    document: Item,
    note: Given,
    raison: Annotated[str, Form(max_length=LONGEST_REASON)],
) -> Response:
    """Settle a disagreement, and come back to those left."""
    name = _required(assesseur)
    desk.decide(document, name, note, raison, user.compartments)
    return RedirectResponse(_address("/jugement/arbitrage", assesseur=name), status_code=303)


@router.get("/jugement/avis")
def opinions_page(request: Request, house: TheHouse, desk: TheDesk, user: Manager, renderer: TheRenderer) -> Response:
    """What readers thought of hits, for the manager to make judgments of."""
    name = _name(request.query_params.get("assesseur", ""))
    found = desk.opinions(user.compartments)
    return renderer.page(
        request,
        "judging_opinions.html",
        name=name,
        total=len(found),
        opinions=[OpinionsView(one, _view(read_place(one.place, house, user))) for one in found[:20]],
        topics=sorted((line.topic for line in desk.progress(name, user.compartments)), key=lambda topic: topic.id),
        grades=GRADES,
        address=_address,
    )


@router.post("/jugement/avis")
def settle_opinions(
    desk: TheDesk,
    user: Manager,
    avis: Item,
    assesseur: Annotated[str, Form(max_length=200)] = "",
    sujet: Annotated[str, Form(max_length=200)] = "",
    note: Annotated[Verdict | None, Form()] = None,
    ecarter: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Make a judgment of opinions, or erase them; then come back to those left."""
    if ecarter:
        desk.dismiss(avis, user.compartments)
        return RedirectResponse(_address("/jugement/avis", assesseur=_name(assesseur)), status_code=303)
    name = _required(assesseur)
    if note is None or not sujet:
        raise ProblemError(
            422, "invalid", "Il manque le sujet ou la note.", remedy="Choisissez les deux, ou écartez l’avis."
        )
    desk.retain(avis, sujet, name, note, user.compartments)
    return RedirectResponse(_address("/jugement/avis", assesseur=name), status_code=303)


async def _fields(request: Request) -> QueryParams:
    form = await request.form(max_fields=100, max_files=0)
    return QueryParams([(name, value) for name, value in form.multi_items() if isinstance(value, str)])


@router.post("/avis")
def give_opinion(
    house: TheHouse, desk: TheDesk, user: Reader, fields: Annotated[QueryParams, Depends(_fields)]
) -> Response:
    """Keep a reader's opinion of a hit, and go back to it."""
    address = SearchAddress.read(fields, user.compartments)
    given = _OPINION.fullmatch(fields.get("avis", ""))
    if given is None or not address.query:
        raise ProblemError(422, "invalid", "Cet avis est illisible.", remedy="Relancez la recherche, puis redonnez-le.")
    said, compartment, document, spans, rank = given.groups()
    places = [span_out(span) for span in read_spans(spans)]
    useful = said == "utile"
    opinion = OpinionIn(q=address.query, document=document, compartment=compartment, spans=places, useful=useful)
    keep_opinion(opinion, desk, house, user)
    return RedirectResponse(f"{address.url}&{urlencode({'avis': rank})}#resultat-{rank}", status_code=303)
