"""Another site's page cannot have a reader's browser change anything here; programs are not concerned."""

import pytest
from starlette.testclient import TestClient

from search_api.http.app import create_app
from search_api.http.house import Role, User, current_user
from search_api.http.settings import HttpSettings
from tests.service_in_memory import MemoryService, small_collection

BODY = {"q": "gestion"}


def client() -> TestClient:
    return TestClient(create_app(MemoryService(small_collection()), HttpSettings()), base_url="http://localhost")


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "cross-site", "origin": "http://localhost"},
        {"origin": "https://ailleurs.test"},
        {"origin": "http://localhost:9999"},
        {"origin": "null"},
    ],
)
def test_what_another_site_sends_is_refused(headers: dict[str, str]) -> None:
    answer = client().post("/api/v1/search", json=BODY, headers=headers)
    assert answer.status_code == 403
    assert answer.json()["type"] == "urn:reuni:problem:cross-site"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "http://localhost"},
        {"sec-fetch-site": "same-origin"},
        # Our pages send no referrer: their forms say "null" for their origin.
        {"sec-fetch-site": "same-origin", "origin": "null"},
        {"sec-fetch-site": "none"},
    ],
)
def test_our_pages_and_programs_are_heard(headers: dict[str, str]) -> None:
    assert client().post("/api/v1/search", json=BODY, headers=headers).status_code == 200


def test_a_link_from_another_site_may_be_followed() -> None:
    assert client().get("/api/v1/search?q=gestion", headers={"sec-fetch-site": "cross-site"}).status_code == 200


def test_a_role_is_asked_where_a_route_asks_for_it() -> None:
    from fastapi import Depends

    from search_api.http.house import requires

    app = create_app(MemoryService(small_collection()), HttpSettings())

    @app.get("/api/v1/reserved")
    def reserved(user: User = Depends(requires(Role.ASSESSOR, Role.MANAGER))) -> str:  # noqa: B008
        return user.name

    def asked_by(*roles: Role) -> int:
        app.dependency_overrides[current_user] = lambda: User("x", frozenset(roles), ())
        return TestClient(app, base_url="http://localhost").get("/api/v1/reserved").status_code

    assert asked_by(Role.MANAGER) == asked_by(Role.ANALYST, Role.ASSESSOR) == 200
    assert asked_by(Role.ANALYST, Role.OPERATOR) == asked_by() == 403
