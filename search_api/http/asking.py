"""From what was sent to a request the engine can take, and from the engine to an answer."""

import logging
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace

from indexer.compartment import DEFAULT
from search_api.engine.answer import Answer, Coverage, SearchRequest
from search_api.http.house import House, User
from search_api.http.models import MAX_DOCUMENTS, FieldError, SearchBody, SearchQuery
from search_api.http.problems import ProblemError
from search_api.http.wire import state_of

_slow = logging.getLogger("reuni.slow")


def refusal(field: str, message: str, *, name: str = "invalid", remedy: str = "Corrigez ce champ.") -> ProblemError:
    """One field that cannot be taken, in the shape the wire models' own refusals have."""
    return ProblemError(
        422,
        name,
        f"Demande refusée. {field} : {message}.",
        remedy=remedy,
        errors=[FieldError(where="request", field=field, message=message)],
    )


def read_filters(texts: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """``facet:value`` texts grouped by facet, in the order given, without repeats."""
    filters: dict[str, tuple[str, ...]] = {}
    for text in texts:
        facet, _, value = text.partition(":")
        if value not in filters.get(facet, ()):
            filters[facet] = (*filters.get(facet, ()), value)
    return filters


def opened(wanted: Sequence[str], user: User) -> tuple[str, ...] | None:
    """The compartments to open, among those the caller may read; None for the default one."""
    if not wanted:
        return None
    for name in wanted:
        if name not in user.compartments:
            # The same words whether it exists or not: its existence is part of the secret.
            raise ProblemError(
                404,
                "unknown-compartment",
                "Un des compartiments demandés n’est pas de ceux que vous pouvez lire.",
                remedy="Ne nommez que des compartiments qui vous sont ouverts.",
            )
    return tuple(dict.fromkeys(wanted))


def opened_by_default(house: House, user: User) -> tuple[str, ...] | None:
    """What is opened when no compartment is named: None for the default one, or all the caller reads when they may not
    read that one. Who reads everything is told by the engine what is missing."""
    if DEFAULT in user.compartments or user.compartments == house.service.compartments():
        return None
    return user.compartments


def coverage_of(house: House, user: User, compartments: Sequence[str] = ()) -> Coverage:
    """What a search of these compartments would look in, among what the caller may read."""
    return house.service.coverage(opened(compartments, user) or opened_by_default(house, user))


def search_request(asked: SearchQuery | SearchBody, house: House, user: User) -> SearchRequest:
    """The engine's request, or a :class:`ProblemError` that says what to correct."""
    if isinstance(asked, SearchQuery):
        filters, wanted = read_filters(asked.filter), asked.compartment
    else:
        filters = {facet: tuple(dict.fromkeys(values)) for facet, values in asked.filters.items() if values}
        wanted = asked.compartments
    check_query(asked.q, house.settings.max_query_chars, filtered=bool(filters))
    return SearchRequest(
        query=asked.q,
        k=min(asked.k, MAX_DOCUMENTS - asked.offset),
        offset=asked.offset,
        channel=asked.channel,
        compartments=opened(wanted, user),
        filters=filters,
        sort=asked.sort,
        literal=tuple(asked.literal),
        passages=asked.passages,
        explain=asked.explain,
    )


def check_query(query: str, longest: int, *, filtered: bool = False) -> None:
    """Refuse a question longer than ``longest`` characters, and a blank one unless filters say what to list."""
    if not query.strip() and not filtered:
        raise refusal(
            "q", "la question est vide", name="empty-query", remedy="Écrivez une question, ou posez au moins un filtre."
        )
    if len(query) > longest:
        raise refusal(
            "q",
            f"la question fait {len(query)} caractères, la limite est de {longest}",
            name="query-too-long",
            remedy="Gardez la phrase qui dit ce que vous cherchez.",
        )


def ask(request: SearchRequest, house: House, user: User) -> Answer:
    """Search what the caller may read, count the answer, and log it when it was slow (without its words unless
    allowed).

    Every search of every route comes through here: who may not read the default compartment is never given it for
    having named none.
    """
    if request.compartments is None:
        request = replace(request, compartments=opened_by_default(house, user))
    opened(request.compartments or (), user)
    started = time.perf_counter()
    answer = house.service.search(request)
    milliseconds = (time.perf_counter() - started) * 1_000
    slow = milliseconds >= house.settings.slow_query_ms
    house.metrics.answer(answer, slow=slow)
    if slow:
        fields: dict[str, object] = {
            "ms": round(milliseconds, 1),
            "stages": {stage: round(ms, 1) for stage, ms in answer.timings_ms.items()},
            "query_chars": len(request.query),
            "channel": request.channel.value,
        }
        if house.settings.log_queries:
            fields["query"] = request.query
        _slow.warning("slow_search", extra={"fields": fields})
    return answer


def ask_in_state(request: SearchRequest, state: str | None, house: House, user: User) -> Answer:
    """The answer read from ``state`` when one is named, as the pages after the first name theirs."""
    answer = ask(request, house, user)
    if state is None or state == state_of(answer.coverage.generations):
        return answer
    # Another process may have given the first page from a generation that this one has not noticed yet.
    house.service.catch_up()
    answer = ask(request, house, user)
    if state != state_of(answer.coverage.generations):
        raise ProblemError(
            409,
            "collection-changed",
            "La collection a été mise à jour depuis la première page de cette recherche.",
            remedy="Reprenez la recherche à sa première page.",
        )
    return answer
