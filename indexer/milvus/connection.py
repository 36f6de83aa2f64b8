"""Reaching a Milvus cluster, and telling what its client raises as an error that a person can act on."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from indexer.errors import StorageUnavailable

if TYPE_CHECKING:
    from pymilvus import MilvusClient

_LOCAL = ".db"
_NEVER = 2**31 - 1


@dataclass(frozen=True, slots=True)
class MilvusAddress:
    """Where a cluster is.

    Attributes:
        uri: ``http://host:19530``, or a file ending in ``.db`` for milvus-lite, which one process opens at a time.
        token: ``user:password`` or a key; "" for none.
        prefix: of the names of collections and aliases, when several data directories share a cluster.
        timeout: seconds after which a call is given up.
    """

    uri: str
    token: str = field(default="", repr=False)
    prefix: str = "reuni"
    timeout: float = 60.0

    @property
    def lite(self) -> bool:
        """Whether it is milvus-lite."""
        return self.uri.endswith(_LOCAL)


def connect(address: MilvusAddress) -> "MilvusClient":
    """A client of the cluster.

    Raises:
        StorageUnavailable: its library is not installed, or nobody answers.
    """
    try:
        from pymilvus import MilvusClient  # noqa: PLC0415 - an extra, and 1.5 s that nobody else pays
    except ImportError as error:
        raise StorageUnavailable(
            "la bibliothèque pymilvus n’est pas installée",
            remedy="Installez-la avec « pip install -c constraints.txt '.[milvus]' », ou retirez REUNI_MILVUS",
        ) from error
    # It logs a traceback for each error that it raises; raising is enough.
    logging.getLogger("pymilvus").setLevel(logging.CRITICAL)
    if address.lite:
        # Its server has no clock of transactions: it logs a traceback when asked for it, and the client does without.
        logging.getLogger("grpc._server").setLevel(logging.CRITICAL)
    # The client asks every ten seconds whether the server is there. A cluster bears that; milvus-lite, which is gRPC's
    # own server, hangs up ("Too many pings") within two minutes of idling, and the next call fails. A process has one
    # connection to an address: its options are those of the first who asked.
    options = {"grpc.keepalive_time_ms": _NEVER} if address.lite else {}
    with told(address.uri):
        return MilvusClient(address.uri, token=address.token, timeout=address.timeout, grpc_options=options)


@contextmanager
def told(where: str) -> Iterator[None]:
    """Errors of the client become :class:`StorageUnavailable`."""
    from grpc import RpcError  # noqa: PLC0415 - an extra
    from pymilvus import MilvusException  # noqa: PLC0415

    try:
        yield
    except (MilvusException, RpcError, OSError) as error:
        raise StorageUnavailable(
            f"Milvus ne répond pas comme attendu ({where} : {str(error)[:300]})",
            remedy="Vérifiez REUNI_MILVUS et l’état du cluster, puis relancez : rien n’a été perdu",
        ) from error
