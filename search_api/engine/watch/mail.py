"""Alerts by e-mail. A message says which searches have something new and where to read it, never what documents
say: mail leaves the house's compartments."""

import hashlib
import smtplib
import ssl
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate
from enum import StrEnum

from corpus.errors import ReuniError
from indexer.errors import WriterBusy
from indexer.lock import writer_lock
from search_api.engine.watch.rounds import Readable
from search_api.engine.watch.saved import Alert, SavedSearch
from search_api.engine.watch.store import WatchStore

_TIMEOUT_S = 20


class MailError(ReuniError):
    """The mail server could not be reached, or refused the message."""


class Security(StrEnum):
    """How the connection to the mail server is protected."""

    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"


@dataclass(frozen=True, slots=True)
class Mailer:
    """Where messages go.

    Attributes:
        recipient: address of the owner of the saved searches; there is one until accounts exist.
        url: address of the pages, without a final slash, for the links.
    """

    host: str
    port: int
    security: Security
    user: str
    password: str
    sender: str
    recipient: str
    url: str

    def send(self, message: EmailMessage) -> None:
        """Hand a message to the server.

        Raises:
            MailError: it could not be reached, or refused the message.
        """
        try:
            with self._connected() as server:
                if self.user:
                    server.login(self.user, self.password)
                server.send_message(message)
        except (OSError, smtplib.SMTPException) as error:
            raise MailError(
                f"le serveur de courrier {self.host}:{self.port} n’a pas pris le message ({type(error).__name__})",
                remedy="Vérifiez les réglages REUNI_SMTP_* ; les alertes seront envoyées dès qu’il répondra",
            ) from error

    def _connected(self) -> smtplib.SMTP:
        if self.security is Security.TLS:
            return smtplib.SMTP_SSL(self.host, self.port, timeout=_TIMEOUT_S, context=ssl.create_default_context())
        server = smtplib.SMTP(self.host, self.port, timeout=_TIMEOUT_S)
        if self.security is Security.STARTTLS:
            server.starttls(context=ssl.create_default_context())
        return server


def mail_alerts(store: WatchStore, mailer: Mailer, readable: Readable) -> int:
    """Send what is to be sent, one message an owner; returns how many alerts were told.

    One process at a time sends; another that comes meanwhile has nothing to do. An alert is marked once the server has
    taken its message: a cut between the two sends it twice, with the same Message-ID.

    Raises:
        MailError: the server did not take a message; what is not marked is sent another time.
    """
    try:
        with writer_lock(store.folder / "mail.lock"):
            return _mail_alerts(store, mailer, readable)
    except WriterBusy:
        return 0


def _mail_alerts(store: WatchStore, mailer: Mailer, readable: Readable) -> int:
    told = 0
    for owner in sorted({search.owner for search in store.searches() if search.by_mail}):
        alerts = store.to_mail(owner, readable(owner))
        if alerts:
            mailer.send(_message(mailer, alerts))
            store.mailed(alert for _, alert in alerts)
            told += len(alerts)
    return told


def _message(mailer: Mailer, alerts: Sequence[tuple[SavedSearch, Alert]]) -> EmailMessage:
    names = {search.id: search.name for search, _ in alerts}
    counts = Counter(alert.search for _, alert in alerts)
    documents = f"{len(alerts)} document{'s' if len(alerts) > 1 else ''}"
    message = EmailMessage()
    message["Subject"] = f"Réuni : {documents} pour vos recherches enregistrées"
    message["From"] = mailer.sender
    message["To"] = mailer.recipient
    message["Date"] = formatdate(localtime=True)
    said = ",".join(str(alert.id) for _, alert in alerts)
    domain = mailer.sender.rpartition("@")[2] or "reuni"
    message["Message-ID"] = f"<{hashlib.blake2b(said.encode(), digest_size=12).hexdigest()}@{domain}>"
    lines = [
        f"- {names[search]} : {count} document{'s' if count > 1 else ''} à lire\n  {mailer.url}/veille/{search}"
        for search, count in counts.items()
    ]
    message.set_content(
        "Depuis votre dernier message, des documents nouveaux ou modifiés répondent à vos recherches "
        "enregistrées :\n\n" + "\n".join(lines) + f"\n\nToute votre veille : {mailer.url}/veille\n\n"
        "Ce message ne cite aucun document : lisez-les dans Réuni. Pour ne plus le recevoir, ouvrez la recherche "
        "et décochez « M’écrire ».\n"
    )
    return message
