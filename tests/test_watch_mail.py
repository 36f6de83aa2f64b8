"""Alerts by e-mail, through a real mail server."""

import email
import email.policy
import socket
from collections.abc import Iterable, Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from corpus.document import BlockKind
from search_api.engine.answer import SearchRequest
from search_api.engine.watch.mail import Mailer, MailError, Security, mail_alerts
from search_api.engine.watch.rounds import observe, run_round
from search_api.engine.watch.saved import Alert, SavedSearch
from search_api.engine.watch.store import WatchStore
from tests.service_in_memory import MemoryService, held, page_of, small_collection


class Letterbox:
    """Keeps what a mail server takes; refuses while ``closed``."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.closed = False

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.closed:
            return "451 revenez plus tard"
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        self.taken.append(message)
        return "250 OK"


@pytest.fixture
def letterbox() -> Letterbox:
    return Letterbox()


@pytest.fixture
def mailer(letterbox: Letterbox) -> Iterator[Mailer]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(letterbox, hostname="127.0.0.1", port=port)
    controller.start()
    yield Mailer(
        "127.0.0.1", port, Security.NONE, "", "", "reuni@dge.test", "analyste@dge.test", "http://localhost:8000"
    )
    controller.stop()


@pytest.fixture
def service() -> MemoryService:
    return MemoryService(small_collection())


@pytest.fixture
def store(data: Path, service: MemoryService) -> WatchStore:
    store = WatchStore(data)
    observe(store, service, service.names)
    store.save("a", "Fournisseurs", SearchRequest("fournisseurs", compartments=service.names), by_mail=True)
    store.save("a", "Discrète", SearchRequest("fournisseurs", compartments=service.names))
    return store


def publish(service: MemoryService, store: WatchStore, number: int) -> None:
    words = "Les fournisseurs secrets de l’opération Zéphyr."
    service.collection.append(
        held(f"{number}.pdf", f"Titre secret {number}", [page_of(1, (BlockKind.PARAGRAPH, words))])
    )
    service.generation = f"g{number}"
    run_round(store, service, lambda owner: service.names)


def send(store: WatchStore, mailer: Mailer, service: MemoryService) -> int:
    return mail_alerts(store, mailer, lambda owner: service.names)


def test_a_message_names_the_search_and_where_to_read(
    store: WatchStore, mailer: Mailer, service: MemoryService, letterbox: Letterbox
) -> None:
    publish(service, store, 1)
    publish(service, store, 2)
    assert send(store, mailer, service) == 2
    (message,) = letterbox.taken
    text = message.get_content().replace("\r\n", "\n")
    (saved, _) = sorted(store.searches("a"), key=lambda one: not one.by_mail)
    assert message["To"] == "analyste@dge.test"
    assert message["Subject"] == "Réuni : 2 documents pour vos recherches enregistrées"
    assert f"Fournisseurs : 2 documents à lire\n  http://localhost:8000/veille/{saved.id}" in text
    assert "Discrète" not in text


def test_a_message_says_nothing_of_the_documents(
    store: WatchStore, mailer: Mailer, service: MemoryService, letterbox: Letterbox
) -> None:
    publish(service, store, 1)
    send(store, mailer, service)
    assert "secret" not in letterbox.taken[0].as_string().lower()
    assert "Zéphyr" not in letterbox.taken[0].get_content()


def test_a_search_removed_while_its_alerts_are_sent_keeps_its_name_in_the_message(
    store: WatchStore,
    mailer: Mailer,
    service: MemoryService,
    letterbox: Letterbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    publish(service, store, 1)
    read = store.to_mail

    def removed_meanwhile(owner: str, compartments: Iterable[str]) -> list[tuple[SavedSearch, Alert]]:
        found = read(owner, compartments)
        for search, _ in found:
            store.forget(owner, search.id)
        return found

    monkeypatch.setattr(store, "to_mail", removed_meanwhile)
    assert send(store, mailer, service) == 1
    assert "Fournisseurs : 1 document à lire" in letterbox.taken[0].get_content()


def test_nothing_is_sent_twice_nor_when_nothing_is_new(
    store: WatchStore, mailer: Mailer, service: MemoryService, letterbox: Letterbox
) -> None:
    assert send(store, mailer, service) == 0
    publish(service, store, 1)
    send(store, mailer, service)
    assert send(store, mailer, service) == 0
    assert len(letterbox.taken) == 1


def test_what_a_server_refuses_is_sent_later_under_the_same_number(
    store: WatchStore, mailer: Mailer, service: MemoryService, letterbox: Letterbox
) -> None:
    publish(service, store, 1)
    letterbox.closed = True
    with pytest.raises(MailError, match=r"REUNI_SMTP"):
        send(store, mailer, service)
    letterbox.closed = False
    assert send(store, mailer, service) == 1
    assert len(letterbox.taken) == 1


def test_a_server_that_is_not_there_is_said_so(store: WatchStore, mailer: Mailer, service: MemoryService) -> None:
    publish(service, store, 1)
    absent = Mailer("127.0.0.1", 1, Security.NONE, "", "", "a@dge.test", "b@dge.test", "http://localhost")
    with pytest.raises(MailError, match=r"127\.0\.0\.1:1"):
        send(store, absent, service)


def test_a_search_that_asks_for_mail_later_is_not_sent_what_it_was_told_before(
    store: WatchStore, mailer: Mailer, service: MemoryService, letterbox: Letterbox
) -> None:
    publish(service, store, 1)
    send(store, mailer, service)
    quiet = next(one for one in store.searches("a") if not one.by_mail)
    store.change("a", quiet.id, name=quiet.name, by_mail=True)
    assert send(store, mailer, service) == 0
