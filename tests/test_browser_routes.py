"""No page is left out of what is looked at in a real browser."""

from fnmatch import fnmatch
from urllib.parse import urlsplit

from fastapi.routing import APIRoute

from search_api.web import pages
from tests import test_browser_desk, test_browser_judging, test_browser_pages


def test_every_page_is_looked_at_in_a_browser() -> None:
    routers = [module.router for module in vars(pages).values() if hasattr(module, "router")]
    routes = [route for router in routers for route in router.routes if isinstance(route, APIRoute)]
    shown = {route.path for route in routes if "GET" in (route.methods or ())}
    seen = {urlsplit(address).path for address in test_browser_pages.STATES.values()}
    seen |= {*test_browser_pages.OPENED.values(), *test_browser_desk.OPENED, *test_browser_judging.OPENED}
    assert len(shown) > 15
    for page in shown:
        pattern = "/".join("*" if part.startswith("{") else part for part in page.split("/"))
        assert any(one.count("/") == pattern.count("/") and fnmatch(one, pattern) for one in seen), page
