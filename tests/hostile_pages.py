"""What a page with hostile text in it may not do: looked for in its markup, and in the browser that opens it."""

from html.parser import HTMLParser

from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page

from tests.browser import Served


class Markup(HTMLParser):
    """The elements of a page that could do something."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.scripts: list[str] = []
        self.faults: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "script":
            self.scripts.append(given.get("src") or "inline")
        if tag in {"iframe", "object", "embed", "base", "svg", "math", "img", "style"} or "http-equiv" in given:
            self.faults.append(tag)
        for name, value in attrs:
            if name.startswith("on") or name in {"style", "srcdoc", "formaction"}:
                self.faults.append(f"{tag} {name}")
            if name in {"href", "src", "action"} and not (value or "").startswith(("/", "#")):
                self.faults.append(f"{tag} {name}={value}")
            if name in {"href", "src", "action"} and (value or "").startswith("//"):
                self.faults.append(f"{tag} {name}={value}")


def safe(html: str) -> bool:
    """Whether nothing on a page runs, loads or leads elsewhere but what is the house's."""
    page = Markup(html)
    return page.faults == [] and all(source.startswith("/static/") for source in page.scripts)


class Watch:
    """A page that notes what it should never do."""

    def __init__(self, browser: Browser, served: Served) -> None:
        self.context = browser.new_context(base_url=served.url)
        self.page: Page = self.context.new_page()
        self.faults: list[str] = []
        self.page.on("dialog", self._dialog)
        self.page.on("console", self._console)
        self.page.on("request", lambda request: self._request(request.url, served.url))

    def _dialog(self, dialog: Dialog) -> None:
        self.faults.append(dialog.message)
        dialog.dismiss()

    def _console(self, message: ConsoleMessage) -> None:
        text = message.text
        # A refusal by the policy means that markup of theirs reached the page.
        if "Content Security Policy" in text or "executed" in text:
            self.faults.append(text)

    def _request(self, url: str, own: str) -> None:
        if not url.startswith((own, "data:image/svg+xml")):
            self.faults.append(url)

    def opened(self, path: str) -> list[str]:
        """The faults seen by the time ``path`` is loaded, pointed at and typed in."""
        self.page.goto(path)
        self.page.mouse.move(200, 200)
        if self.page.evaluate("window.executed") is not None:
            self.faults.append(f"executed on {path}")
        return self.faults
