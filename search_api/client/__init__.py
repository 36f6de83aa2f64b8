"""A typed client of the API, synchronous and asynchronous.

::

    from search_api.client import ReuniClient

    with ReuniClient("http://127.0.0.1:8000") as reuni:
        answer = reuni.search("qui peut signer un avenant ?", k=5)
        for hit in answer.hits:
            print(hit.rank, hit.document.title, hit.passage.page, hit.passage.text)

Answers are the wire models of the API; errors are :class:`RemoteError`, with the server's own words.
"""

from search_api.client.asynchronous import AsyncReuniClient
from search_api.client.errors import RemoteError
from search_api.client.synchronous import ReuniClient

__all__ = ["AsyncReuniClient", "RemoteError", "ReuniClient"]
