"""What a server refused, or that it cannot be reached."""

import httpx
from pydantic import ValidationError

from corpus.errors import ReuniError
from search_api.http.models import Problem


class RemoteError(ReuniError):
    """The server's problem, or the reason why there is none.

    Attributes:
        problem: what the server said, when it could say it.
    """

    def __init__(self, message: str, *, remedy: str, problem: Problem | None = None) -> None:
        super().__init__(message, remedy=remedy)
        self.problem = problem

    @property
    def status(self) -> int | None:
        """The HTTP status, when there was an answer."""
        return self.problem.status if self.problem else None


def of_response(response: httpx.Response) -> RemoteError:
    """The error a refused request stands for."""
    try:
        problem = Problem.model_validate_json(response.content)
    except ValidationError:
        return RemoteError(
            f"Le serveur a répondu {response.status_code} sans dire pourquoi",
            remedy="Vérifiez que cette adresse est celle d’un serveur Réuni",
        )
    return RemoteError(problem.detail.rstrip("."), remedy=problem.remedy.rstrip("."), problem=problem)


def unreachable(url: httpx.URL | str, error: httpx.HTTPError) -> RemoteError:
    """The error of a server that does not answer."""
    reason = "met trop de temps à répondre" if isinstance(error, httpx.TimeoutException) else "ne répond pas"
    return RemoteError(f"Le serveur {url} {reason}", remedy="Vérifiez son adresse et qu’il est lancé (« reuni serve »)")
