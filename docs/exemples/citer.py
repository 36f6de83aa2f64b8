"""Answer a question from a program, and quote each answer so that it can be found again.

::

    python docs/exemples/citer.py http://127.0.0.1:8000 "qui peut signer un avenant ?"

A link kept from an earlier run is given back with what became of its passage:

::

    python docs/exemples/citer.py http://127.0.0.1:8000 --lien "/documents/4b1f…?passage=2:12-64&version=9f86…"
"""

import sys

from search_api.client import RemoteError, ReuniClient

FATES = {
    "same": "figure toujours à sa place",
    "moved": "figure toujours, ailleurs dans le document",
    "changed": "a été récrit",
    "gone": "n’y figure plus",
}


def quote_answers(reuni: ReuniClient, question: str) -> None:
    """Print the three best answers: sentence, source, and the link that finds it again."""
    answer = reuni.search(question, k=3)
    if not answer.clear:
        print("Rien ne répond clairement ; voici le plus proche.")
    for hit in answer.hits:
        best = hit.passage.best_sentence
        sentence = " ".join(hit.passage.text[best.start : best.end].split())
        print(f"« {sentence} »")
        print(f"  {hit.document.title}, page {hit.passage.page}, SHA-256 {hit.document.version[:12]}…")
        print(f"  {hit.passage.url}")
    coverage = answer.coverage
    print(f"Cherché dans {coverage.documents} documents ; {coverage.unreadable} fichiers n’ont pas pu être lus.")


def follow(reuni: ReuniClient, link: str) -> None:
    """Print where the passage of a link stands now."""
    now = reuni.anchor(link)
    print(f"Le passage {FATES[now.fate.value]}.")
    if now.text:
        print(f"« {' '.join(now.text.split())} »")


def main(arguments: list[str]) -> int:
    """Answer, or follow a link."""
    if len(arguments) not in (2, 3):
        print(__doc__)
        return 2
    try:
        with ReuniClient(arguments[0]) as reuni:
            if arguments[1] == "--lien":
                follow(reuni, arguments[2])
            else:
                quote_answers(reuni, arguments[1])
    except RemoteError as error:
        print(error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
