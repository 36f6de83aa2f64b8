"""What pages weigh and make wait for is read off a real browser."""

from eval.bench.page import opened, told
from search_api.http.app import create_app
from search_api.http.settings import HttpSettings
from tests.browser import chromium, serve
from tests.service_in_memory import MemoryService, small_collection


def test_weight_is_told_by_kind_and_what_a_browser_keeps_is_not_sent_again() -> None:
    with chromium() as browser, serve(create_app(MemoryService(small_collection()), HttpSettings())) as served:
        address = "/?q=d%C3%A9l%C3%A9gation"
        first = told(opened(browser, served.url, [address]))
        again = told(opened(browser, served.url, [address, address], fresh=False)[1:])
    assert first["fcp_ms"] > 0 and first["shift"] < 0.01
    assert {"Document", "Script", "Stylesheet"} <= set(first["sent"])
    assert first["text_bytes"] > first["text_sent"] > again["text_sent"] > 0
    assert again["sent"].get("Stylesheet", 0) == again["sent"].get("Font", 0) == 0
