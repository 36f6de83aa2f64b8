"""Judging: what assessors are given, what they say, what comes out, and what readers think."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Response

from corpus.document import Span
from search_api.engine.judging import Opinion, PassagePlace, QrelsForm
from search_api.http.asking import check_query, opened, refusal
from search_api.http.house import House, Role, TheHouse, User, requires
from search_api.http.judging import (
    AgreementOut,
    AssessorName,
    DecisionIn,
    DisputeOut,
    JudgmentIn,
    OpinionIn,
    OpinionsOut,
    RetainIn,
    TaskOut,
    TheDesk,
    TopicOut,
    dispute_out,
    opinions_out,
    stands,
    tasks_out,
    topic_out,
)
from search_api.http.problems import ProblemError, documented
from search_api.http.routes.documents import find_document

router = APIRouter(prefix="/api/v1/judging", tags=["Jugement (évaluateur)"])

Assessor = Annotated[User, Depends(requires(Role.ASSESSOR))]
Manager = Annotated[User, Depends(requires(Role.MANAGER))]
Reader = Annotated[User, Depends(requires(Role.ANALYST))]
Number = Annotated[int, Path(ge=1, le=2**53, description="As given by this desk.", examples=[118])]
TopicId = Annotated[str, Path(max_length=200, description="Id of the topic.", examples=["S001"])]
Form = Annotated[QrelsForm, Query(description="TREC's four columns, or BEIR's three with a header.")]
Compartments = Annotated[
    list[str],
    Query(default_factory=list, max_length=50, description="Compartments judged; all the caller's if none is named."),
]

_FILE: dict[int | str, dict[str, Any]] = {200: {"description": "A file of judgments.", "content": {"text/plain": {}}}}


@router.get("/topics", summary="Topics to judge", responses=documented(403, 404, 422, 429, 500, 503))
def topics(desk: TheDesk, user: Assessor, assessor: Annotated[AssessorName, Query()]) -> list[TopicOut]:
    """The topics that have documents to judge, in the assessor's own order, with their progress."""
    return [topic_out(line) for line in desk.progress(assessor, user.compartments)]


@router.get("/topics/{topic}/tasks", summary="Documents to judge", responses=documented(403, 404, 422, 429, 500, 503))
def tasks(
    topic: TopicId, desk: TheDesk, house: TheHouse, user: Assessor, assessor: Annotated[AssessorName, Query()]
) -> list[TaskOut]:
    """The pooled documents of a topic, shuffled for this assessor, always in the same order."""
    found = desk.tasks(topic, assessor, user.compartments)
    if not found:
        raise ProblemError(
            404,
            "topic-not-found",
            "Ce sujet n’a pas de document à juger.",
            remedy="Partez de la liste des sujets, à /api/v1/judging/topics.",
        )
    return tasks_out(found, house, user)


@router.post(
    "/items/{item}/judgment", summary="Judge a document", status_code=204,
    responses=documented(400, 403, 404, 413, 422, 429, 500, 503),
)  # fmt: skip
def judge(item: Number, judgment: JudgmentIn, desk: TheDesk, user: Assessor) -> None:
    """Keep a verdict, in the place of an earlier one by the same assessor."""
    desk.judge(item, judgment.assessor, judgment.verdict, user.compartments)


@router.get("/agreement", summary="Do assessors agree?", responses=documented(403, 404, 429, 500, 503))
def agreement(desk: TheDesk, user: Assessor) -> list[AgreementOut]:
    """Every pair of assessors who graded something in common, as of now."""
    return [
        AgreementOut(first=pair.first, second=pair.second, both=pair.both, equal=pair.equal, kappa=pair.kappa)
        for pair in desk.agreements(user.compartments)
    ]


@router.get("/disputes", summary="What waits for a decision", responses=documented(403, 404, 429, 500, 503))
def disputes(desk: TheDesk, house: TheHouse, user: Assessor) -> list[DisputeOut]:
    """Documents that assessors judged differently, widest disagreement first."""
    return [dispute_out(dispute, house, user) for dispute in desk.disputes(user.compartments)]


@router.post(
    "/items/{item}/decision", summary="Settle a disagreement", status_code=204,
    responses=documented(400, 403, 404, 413, 422, 429, 500, 503),
)  # fmt: skip
def decide(item: Number, decision: DecisionIn, desk: TheDesk, user: Assessor) -> None:
    """Keep a decision and its reason, in the place of an earlier one."""
    desk.decide(item, decision.by, decision.verdict, decision.reason, user.compartments)


@router.get(
    "/qrels",
    summary="Export judgments",
    response_class=Response,
    responses={**_FILE, **documented(403, 404, 409, 422, 429, 500, 503)},
)
def qrels(
    desk: TheDesk,
    user: Assessor,
    compartment: Compartments,
    form: Form = QrelsForm.BEIR,
    incomplete: Annotated[bool, Query(description="Leave out what waits, instead of refusing.")] = False,
) -> Response:
    """What all assessors of a document agree on, or the decision; 409 while something waits."""
    found = desk.export(form, opened(compartment, user) or user.compartments)
    if (found.alone or found.undecided) and not incomplete:
        raise ProblemError(
            409,
            "judgments-pending",
            f"{found.alone} documents attendent une seconde lecture et {found.undecided} un arbitrage.",
            remedy="Terminez-les, ou demandez les jugements arrêtés seulement (incomplete=true).",
        )
    return Response(found.text, media_type="text/plain; charset=utf-8", headers=_attachment("qrels", form))


@router.get(
    "/readings",
    summary="Export one assessor's grades",
    response_class=Response,
    responses={**_FILE, **documented(403, 404, 422, 429, 500, 503)},
)
def readings(
    desk: TheDesk,
    user: Assessor,
    assessor: Annotated[AssessorName, Query()],
    compartment: Compartments,
    form: Form = QrelsForm.BEIR,
) -> Response:
    """One reading as it is, without what others said."""
    text = desk.reading(assessor, form, opened(compartment, user) or user.compartments)
    return Response(text, media_type="text/plain; charset=utf-8", headers=_attachment("lecture", form))


def _attachment(name: str, form: QrelsForm) -> dict[str, str]:
    extension = "tsv" if form is QrelsForm.BEIR else "txt"
    return {"content-disposition": f'attachment; filename="{name}.{extension}"'}


def keep_opinion(asked: OpinionIn, desk: TheDesk, house: House, user: User) -> None:
    """Keep an opinion of a document that the caller may read, in a compartment they may read."""
    check_query(asked.q, house.settings.max_query_chars)
    opened([asked.compartment], user)
    document = find_document(asked.document, house, User(user.name, user.roles, (asked.compartment,)))
    spans = tuple(Span(span.page, span.start, span.end) for span in asked.spans)
    pages = house.service.documents.pages(document.id, (asked.compartment,), document.version)
    if not stands(spans, pages):
        raise refusal("spans", "ce passage n’est pas dans le document")
    place = PassagePlace(asked.compartment, document.id, document.external_id, document.version, spans)
    desk.give(Opinion(" ".join(asked.q.split()), place, asked.useful))


@router.post(
    "/opinions", summary="Say whether a hit was useful", status_code=204, tags=["Recherche (analyste)"],
    responses=documented(400, 403, 404, 413, 422, 429, 500, 503),
)  # fmt: skip
def give_opinion(asked: OpinionIn, desk: TheDesk, house: TheHouse, user: Reader) -> None:
    """Kept with the question and without a name, to measure the search.

    A manager makes a judgment of it, or erases it.
    """
    keep_opinion(asked, desk, house, user)


@router.get("/opinions", summary="What readers thought", responses=documented(403, 404, 429, 500, 503))
def opinions(desk: TheDesk, house: TheHouse, user: Manager) -> list[OpinionsOut]:
    """Opinions that wait for a manager, most recent first."""
    return [opinions_out(found, house, user) for found in desk.opinions(user.compartments)]


@router.post(
    "/opinions/{number}/judgment", summary="Make a judgment of opinions", status_code=204,
    responses=documented(400, 403, 404, 413, 422, 429, 500, 503),
)  # fmt: skip
def retain(number: Number, asked: RetainIn, desk: TheDesk, user: Manager) -> None:
    """The document joins the topic's pool with this verdict; the opinions and their question are erased."""
    desk.retain(number, asked.topic, asked.by, asked.verdict, user.compartments)


@router.delete(
    "/opinions/{number}", summary="Erase opinions", status_code=204, responses=documented(403, 404, 422, 429, 500, 503)
)
def dismiss(number: Number, desk: TheDesk, user: Manager) -> None:
    """Erase the opinions and their question."""
    desk.dismiss(number, user.compartments)
