"""The command-line contract: commands, JSON on the last line, exit codes, one-line errors with the remedy."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader, PdfWriter

from search_api import cli
from search_api.commands.workbench import Workbench
from tests.collection import write_files
from tests.encoders import FakeEncoder
from tests.pdf_files import drawn_pdf

FILES = {
    "notes/ief.md": "# Note IEF\n\n## Seuil\n\nLe contrôle des investissements étrangers vise le seuil de 10 %.\n",
    "notes/loi.txt": "Loi de blocage\n\nLa loi de 1968 interdit de communiquer des documents économiques.",
    "vide.pdf": "",
}


@pytest.fixture
def lot(tmp_path: Path) -> Path:
    return write_files(tmp_path / "lot", FILES)


@pytest.fixture
def reuni(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs a command in process over an empty data directory, with an encoder that needs no model."""
    encoder = FakeEncoder()
    monkeypatch.setattr(Workbench, "encoder", lambda self: encoder)
    monkeypatch.setenv("REUNI_DATA", str(tmp_path / "data"))
    # Three small files need no second reader, which takes longer to start than they take to be read.
    monkeypatch.setenv("REUNI_WORKERS", "1")

    def run(*arguments: str) -> tuple[int, str, str]:
        code = cli.run(list(arguments))
        out, err = capsys.readouterr()
        return code, out, err

    return run


def last_json(out: str) -> dict[str, Any]:
    found = json.loads(out.strip().splitlines()[-1])
    assert isinstance(found, dict)
    return found


def test_index_counts_every_file_in_json(reuni: Any, lot: Path) -> None:
    code, out, _ = reuni("index", str(lot), "--drop", "semaine-1", "--json")
    found = last_json(out)
    assert code == 0
    assert found["files"] == 3
    states = ("new", "changed", "moved", "unchanged", "duplicate", "partial", "unpacked", "awaiting_ocr")
    failures = ("password_needed", "needs_libreoffice", "unsupported", "quarantined")
    assert sum(found[state] for state in (*states, *failures)) == 3
    assert found["new"] == 2
    assert found["documents"] == 2


def test_search_answers_with_document_page_passage_and_score(reuni: Any, lot: Path) -> None:
    reuni("index", str(lot))
    code, out, _ = reuni("search", "seuil investissements étrangers", "-k", "1", "--json", "--explain")
    (hit,) = last_json(out)["hits"]
    assert code == 0
    assert hit["document"]["external_id"] == "notes/ief.md"
    assert hit["passage"]["heading_path"] == ["Note IEF", "Seuil"]
    assert hit["page"] == 1 and hit["score"] > 0
    assert hit["explanation"]["matched_terms"] == ["seuil", "invest", "etrang"]


@pytest.mark.parametrize("channel", ["hybrid", "lexical", "dense"])
def test_channels_can_be_asked_alone(reuni: Any, lot: Path, channel: str) -> None:
    reuni("index", str(lot))
    code, out, _ = reuni("search", "loi de blocage", "--channel", channel, "--json")
    assert code == 0
    assert last_json(out)["hits"][0]["document"]["external_id"] == "notes/loi.txt"


def test_people_read_the_answer_and_its_coverage(reuni: Any, lot: Path) -> None:
    reuni("index", str(lot))
    _, out, _ = reuni("search", "blocage")
    assert "notes/loi.txt" in out and "Cherché dans 2 documents" in out and "1 fichiers illisibles" in out


def test_status_and_report_say_what_is_there(reuni: Any, lot: Path) -> None:
    reuni("index", str(lot), "--drop", "semaine-1")
    (compartment,) = last_json(reuni("status", "--json")[1])["compartments"]
    assert compartment["documents"] == 2 and compartment["drops"] == ["semaine-1"]
    assert sum(compartment["bytes"].values()) > 0
    report = last_json(reuni("report", "semaine-1", "--json")[1])
    assert report["files"] == 3 and len(report["records"]) == 3
    text = reuni("report")[1]
    assert "vide.pdf" in text and "semaine-1" in text


def test_retry_tries_again_what_gave_nothing(reuni: Any, lot: Path) -> None:
    reuni("index", str(lot))
    code, out, _ = reuni("index", "--retry", "--json")
    assert code == 0 and last_json(out)["files"] == 1


def test_a_password_given_afterwards_opens_what_waited_for_it(
    reuni: Any, lot: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = PdfWriter(clone_from=PdfReader(drawn_pdf(tmp_path / "p.pdf", [[(72, 700, "Le secret des photons.")]])))
    writer.encrypt("sésame", algorithm="AES-256")
    writer.write(lot / "secret.pdf")
    (lot / "outil.exe").write_bytes(b"MZ" + bytes(500))
    assert last_json(reuni("index", str(lot), "--json")[1])["password_needed"] == 1
    assert "REUNI_PASSWORDS" in reuni("report")[1]
    monkeypatch.setenv("REUNI_PASSWORDS", '["faux"]')
    assert last_json(reuni("index", "--retry", "--json")[1])["password_needed"] == 1
    monkeypatch.setenv("REUNI_PASSWORDS", '["faux", "sésame"]')
    found = last_json(reuni("index", "--retry", "--json")[1])
    states = ("new", "password_needed", "unsupported", "quarantined")
    assert ([found[state] for state in states], found["files"]) == ([1, 0, 1, 1], 3)
    assert "secret.pdf" in reuni("search", "photons")[1]
    assert not [
        path for path in (tmp_path / "data").rglob("*") if path.is_file() and "sésame".encode() in path.read_bytes()
    ]


def test_a_healthy_copy_delivered_again_replaces_what_was_set_aside(reuni: Any, lot: Path) -> None:
    (lot / "outil.exe").write_bytes(b"MZ" + bytes(500))
    assert last_json(reuni("index", str(lot), "--json")[1])["quarantined"] == 1
    (lot / "vide.pdf").unlink()
    drawn_pdf(lot / "vide.pdf", [[(72, 700, "Le plan de charge des photons.")]])
    (lot / "outil.exe").unlink()
    (lot / "outil.txt").write_text("Ce que fait l’outil de mesure.")
    found = last_json(reuni("index", str(lot), "--json")[1])
    assert (found["files"], found["new"], found["unchanged"]) == (4, 2, 2)
    again = last_json(reuni("index", "--retry", "--json")[1])
    assert (again["files"], again["unsupported"]) == (1, 1), "what was converted still waits under its former name"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("index",), 2, "Donnez un dossier"),
        (("index", "/nulle/part"), 2, "n’existe pas"),
        (("index", "/tmp", "--compartment", "../x"), 2, "compartiment"),
        (("search", "rien"), 1, "reuni index"),
        (("report", "absent"), 1, "reuni index"),
        (("serve", "--host", "0.0.0.0"), 2, "0.0.0.0"),
        (("search",), 2, "--help"),
        (("search", "x", "--channel", "magie"), 2, "--channel"),
        (("inconnue",), 2, "--help"),
        (("search", "x", "--inconnue"), 2, "--inconnue"),
        (("eval", "beir", "/nulle/part"), 2, "corpus.jsonl"),
    ],
)
def test_errors_are_one_line_with_a_remedy_and_an_exit_code(
    reuni: Any, arguments: tuple[str, ...], code: int, words: str
) -> None:
    found, out, err = reuni(*arguments)
    assert (found, out) == (code, "")
    assert err.startswith("Erreur : ") and err.count("\n") == 1
    assert words in err


def test_with_json_an_error_is_json_too(reuni: Any) -> None:
    code, out, err = reuni("search", "rien", "--json")
    assert code == 1 and err.startswith("Erreur : ")
    assert last_json(out)["exit_code"] == 1


@pytest.fixture
def beir(tmp_path: Path) -> Path:
    """A BEIR folder of three documents and a question."""
    folder = tmp_path / "beir"
    corpus = [{"_id": f"d{n}", "title": "", "text": f"Texte sur {word}."} for n, word in enumerate("abc", 1)]
    write_files(
        folder,
        {
            "corpus.jsonl": "\n".join(map(json.dumps, corpus)),
            "queries.jsonl": json.dumps({"_id": "q1", "text": "texte sur b"}),
            "qrels/test.tsv": "query-id\tcorpus-id\tscore\nq1\td2\t1\n",
        },
    )
    return folder


def test_a_folder_that_holds_something_else_is_not_taken_for_a_measurement(
    reuni: Any, beir: Path, lot: Path, tmp_path: Path
) -> None:
    before = sorted(lot.rglob("*"))
    code, _, err = reuni("eval", "beir", str(beir), "--kept", str(lot))
    assert code == 2 and "--kept" in err
    assert sorted(lot.rglob("*")) == before
    kept = str(tmp_path / "gardé")
    first, second = (last_json(reuni("eval", "beir", str(beir), "--kept", kept, "--json")[1]) for _ in range(2))
    assert first["recall@100"] == second["recall@100"] == 1


def test_eval_beir_gives_the_keys_scripts_rely_on(reuni: Any, beir: Path, tmp_path: Path) -> None:
    code, out, _ = reuni("eval", "beir", str(beir), "--json", "--out", str(tmp_path / "a.run"))
    found = last_json(out)
    assert code == 0
    for key in ("ndcg@10", "mrr@10", "recall@100", "success@1", "success@5", "p50_ms", "p95_ms", "index_s"):
        assert isinstance(found[key], float), key
    assert found["recall@100"] == 1


def test_eval_run_and_compare_measure_the_current_index(reuni: Any, lot: Path, tmp_path: Path) -> None:
    reuni("index", str(lot))
    write_files(
        tmp_path,
        {
            "topics.jsonl": "\n".join(
                json.dumps({"_id": f"q{n}", "text": text})
                for n, text in enumerate(("seuil étrangers", "loi de blocage"))
            ),
            "qrels.tsv": "query-id\tcorpus-id\tscore\nq0\tnotes/ief.md\t2\nq1\tnotes/loi.txt\t1\n",
        },
    )
    judged = ("--topics", str(tmp_path / "topics.jsonl"), "--qrels", str(tmp_path / "qrels.tsv"))
    for channel in ("lexical", "dense"):
        out = reuni("eval", "run", *judged, "--channel", channel, "--out", str(tmp_path / f"{channel}.run"), "--json")[
            1
        ]
        found = last_json(out)
        assert found["topics"] == 2 and found["judged@10"] > 0 and found["ndcg@10"] > 0
        assert found["provenance"]["encoder"] == "fake"
    runs = (str(tmp_path / "lexical.run"), str(tmp_path / "dense.run"))
    assert last_json(reuni("eval", "compare", *runs, *judged, "--json")[1])["verdict"]
    assert "dense" in reuni("eval", "compare", *runs, *judged)[1]


def test_eval_sweep_tries_weights_on_the_development_topics(reuni: Any, lot: Path, tmp_path: Path) -> None:
    reuni("index", str(lot))
    texts = ("seuil étrangers", "loi de blocage", "seuil", "blocage")
    topics = [{"_id": f"q{n}", "text": text, "metadata": {"split": "dev"}} for n, text in enumerate(texts)]
    found = ("notes/ief.md", "notes/loi.txt") * 2
    write_files(
        tmp_path,
        {
            "topics.jsonl": "\n".join(map(json.dumps, topics)),
            "qrels.tsv": "".join(f"q{n}\t{document}\t2\n" for n, document in enumerate(found)),
        },
    )
    judged = ("--topics", str(tmp_path / "topics.jsonl"), "--qrels", str(tmp_path / "qrels.tsv"))
    code, out, _ = reuni("eval", "sweep", *judged, "--axis", "late=0,0.5", "--axis", "lexical=0.3", "--folds", "2")
    assert code == 0 and "en validation croisée" in out and "Les poids en service valent" in out
    swept = last_json(reuni("eval", "sweep", *judged, "--axis", "late=0,0.5", "--folds", "2", "--json")[1])
    assert [trial["setting"] for trial in swept["trials"]] == [{}, {"late": 0}, {"late": 0.5}]
    assert len(swept["chosen"]) == 2


def test_the_installed_command_runs(tmp_path: Path) -> None:
    environment = os.environ | {"REUNI_DATA": str(tmp_path)}
    command = [str(Path(sys.executable).parent / "reuni"), "status", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert last_json(done.stdout) == {"data": str(tmp_path), "compartments": []}
