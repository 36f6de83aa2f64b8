"""The one shape of an error: RFC 9457 ``application/problem+json``, or the error page for people.

Every refusal of every route is a :class:`Problem`; ``type`` is stable and machine-readable, ``title``,
``detail`` and ``remedy`` are French sentences for the person at the end of the chain.
"""

import logging
from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from corpus.errors import InputError, ReuniError
from search_api.engine.desk import Conflict, Missing
from search_api.engine.drops.deliveries import TooLarge
from search_api.http.models import FieldError, Problem

MEDIA_TYPE = "application/problem+json"
_log = logging.getLogger("reuni.http")


class ProblemError(Exception):
    """Raised by a route to answer with a problem."""

    def __init__(
        self,
        status: int,
        name: str,
        detail: str,
        *,
        remedy: str,
        headers: dict[str, str] | None = None,
        errors: Sequence[FieldError] = (),
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.name = name
        self.detail = detail
        self.remedy = remedy
        self.headers = headers or {}
        self.errors = list(errors)


def absent(detail: str, remedy: str) -> ProblemError:
    """The 404 of something that is not there, or not for the caller."""
    return ProblemError(404, "not-found", detail, remedy=remedy)


TITLES = {
    400: "Demande illisible",
    403: "Accès refusé",
    404: "Introuvable",
    405: "Méthode refusée",
    409: "Impossible dans l’état actuel",
    410: "Retiré du fonds",
    413: "Demande trop volumineuse",
    415: "Type de contenu refusé",
    421: "Nom de serveur inconnu",
    422: "Demande à corriger",
    429: "Trop de demandes à la fois",
    500: "Erreur du serveur",
    503: "Service indisponible",
}

_HTTP = {
    404: ("not-found", "Il n’y a rien à cette adresse.", "Vérifiez l’adresse, ou partez de la page de recherche."),
    405: ("method-not-allowed", "Cette adresse ne répond pas à cette méthode.", "Voyez /api/v1/openapi.json."),
}

_MESSAGES = {
    "missing": "à donner",
    "int_parsing": "un nombre entier est attendu",
    "int_type": "un nombre entier est attendu",
    "int_from_float": "un nombre entier est attendu",
    "bool_parsing": "`true` ou `false` est attendu",
    "bool_type": "`true` ou `false` est attendu",
    "string_type": "un texte est attendu",
    "list_type": "une liste est attendue",
    "dict_type": "un objet est attendu",
    "extra_forbidden": "champ inconnu",
    "json_invalid": "JSON illisible",
    "model_attributes_type": "un objet JSON est attendu",
}


def _message(error: dict[str, Any]) -> str:
    context = error.get("ctx", {})
    match error["type"]:
        case "less_than_equal":
            return f"au plus {context['le']}"
        case "greater_than_equal":
            return f"au moins {context['ge']}"
        case "string_too_long" | "too_long":
            return f"{context['max_length']} au plus"
        case "string_too_short" | "too_short":
            return f"{context['min_length']} au moins"
        case "enum" | "literal_error":
            return f"valeurs possibles : {context['expected'].replace(' or ', ', ')}"
        case "string_pattern_mismatch":
            return f"la forme attendue est {context['pattern']}"
        case kind:
            return _MESSAGES.get(kind, "valeur refusée")


def problem_of(request: Request, error: ProblemError) -> Problem:
    """The problem that tells ``error`` to the caller of ``request``."""
    return Problem(
        type=f"urn:reuni:problem:{error.name}",
        title=TITLES.get(error.status, "Erreur"),
        status=error.status,
        detail=error.detail,
        instance=request.url.path,
        remedy=error.remedy,
        request_id=request.scope.get("request_id", ""),
        errors=error.errors,
    )


def wants_page(request: Request) -> bool:
    """Whether a person asks (a browser, outside the API)."""
    return not request.url.path.startswith(("/api/", "/static/")) and "text/html" in request.headers.get("accept", "")


def respond(request: Request, error: ProblemError) -> Response:
    """Answer with ``error``: the page for people, problem+json for programs."""
    problem = problem_of(request, error)
    page = getattr(request.app.state, "error_page", None)
    if page is not None and wants_page(request):
        response: Response = page(request, problem)
    else:
        response = JSONResponse(problem.model_dump(mode="json"), status_code=error.status, media_type=MEDIA_TYPE)
    response.headers.update(error.headers)
    return response


def server_error() -> ProblemError:
    """What is told of a fault nobody foresaw: never its text, which may quote a document."""
    return ProblemError(
        500,
        "server-error",
        "Le serveur a rencontré une erreur qu’il n’avait pas prévue.",
        remedy="Réessayez ; si l’erreur revient, donnez le numéro de la demande à l’exploitant.",
    )


def of_reuni_error(error: ReuniError) -> ProblemError:
    """An engine error as a problem: the caller's (422), what is missing (404), what stands in the way (409), or the
    server's (503)."""
    said, remedy = f"{error.message[:1].upper()}{error.message[1:]}.", f"{error.remedy}."
    if isinstance(error, TooLarge):
        return ProblemError(413, "too-large", said, remedy=remedy)
    if isinstance(error, InputError):
        return ProblemError(422, "refused", said, remedy=remedy)
    if isinstance(error, Missing):
        return absent(said, remedy)
    if isinstance(error, Conflict):
        return ProblemError(409, "conflict", said, remedy=remedy)
    return ProblemError(503, "unavailable", said, remedy=remedy)


def install(app: FastAPI) -> None:
    """Make every error of ``app`` a problem."""

    async def on_problem(request: Request, error: Exception) -> Response:
        assert isinstance(error, ProblemError)  # noqa: S101
        return respond(request, error)

    async def on_reuni(request: Request, error: Exception) -> Response:
        assert isinstance(error, ReuniError)  # noqa: S101
        problem = of_reuni_error(error)
        if problem.status == 503:
            _log.error("engine_error", extra={"fields": {"error": type(error).__name__, "message": error.message}})
        return respond(request, problem)

    async def on_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101
        name, detail, remedy = _HTTP.get(
            error.status_code,
            ("refused", "La demande n’a pas pu être lue.", "Vérifiez la demande ; voyez /api/v1/openapi.json."),
        )
        return respond(
            request,
            ProblemError(error.status_code, name, detail, remedy=remedy, headers=dict(error.headers or {})),
        )

    async def on_validation(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101
        errors = [
            FieldError(
                where=str(one["loc"][0]),
                field=".".join(str(part) for part in one["loc"][1:]),
                message=_message(one),
            )
            for one in error.errors()
        ]
        said = " ; ".join(f"{one.field or one.where} : {one.message}" for one in errors)
        return respond(
            request,
            ProblemError(422, "invalid", f"Demande refusée. {said}.", remedy="Corrigez ces champs.", errors=errors),
        )

    app.add_exception_handler(ProblemError, on_problem)
    app.add_exception_handler(ReuniError, on_reuni)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(RequestValidationError, on_validation)


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problems a route may answer with, for its OpenAPI description."""
    return {
        status: {
            "description": TITLES[status],
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in statuses
    }
