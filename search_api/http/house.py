"""What every route is given: the engine, the settings, the caller."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from fastapi import Depends, Request

from search_api.engine.drops.desk import DropDesk
from search_api.engine.judging import JudgingDesk
from search_api.engine.service import SearchService
from search_api.engine.watch.list_run import ListDesk
from search_api.http.metrics import Metrics
from search_api.http.problems import ProblemError
from search_api.http.settings import HttpSettings
from search_api.http.watching import Watching


class Role(StrEnum):
    """What a person may do; accounts will give them, today the local user has them all."""

    ANALYST = "analyste"
    MANAGER = "gestionnaire"
    ASSESSOR = "evaluateur"
    OPERATOR = "exploitant"


@dataclass(frozen=True, slots=True)
class User:
    """Who asks, and what they may read."""

    name: str
    roles: frozenset[Role]
    compartments: tuple[str, ...]


@dataclass(slots=True)
class House:
    """What ``create_app`` put together.

    Attributes:
        judging: where documents are judged, when that is served.
        watching: saved searches; None when there is nowhere to keep them.
        drops: what managers do with drops; None when this server takes none.
        lists: watch-lists; None when there is nowhere to keep them.
        streams: streams of events that are open.
        draining: True from the moment the server was asked to stop; readiness then says no.
    """

    service: SearchService
    settings: HttpSettings
    metrics: Metrics
    judging: JudgingDesk | None = None
    watching: Watching | None = None
    drops: DropDesk | None = None
    lists: ListDesk | None = None
    streams: int = 0
    draining: bool = False


async def house_of(request: Request) -> House:
    """The one house of the application that serves ``request``."""
    house = request.app.state.house
    if not isinstance(house, House):
        raise TypeError("the application was not made by create_app")
    return house


TheHouse = Annotated[House, Depends(house_of)]


def current_user(house: TheHouse) -> User:
    """The caller. Until accounts exist, only this machine can ask: its user reads every compartment."""
    return User(name="local", roles=frozenset(Role), compartments=house.service.compartments())


TheUser = Annotated[User, Depends(current_user)]


def requires(*roles: Role) -> Callable[[User], User]:
    """A dependency that gives the caller when they have one of ``roles``, and answers 403 otherwise."""

    def allowed(user: TheUser) -> User:
        if not user.roles & set(roles):
            raise ProblemError(
                403,
                "forbidden",
                f"Cette page est réservée aux rôles suivants : {', '.join(role.value for role in roles)}.",
                remedy="Demandez ce rôle à l’exploitant.",
            )
        return user

    return allowed
