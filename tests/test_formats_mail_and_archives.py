"""Messages and archives: what they carry becomes files of their own."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from email.message import EmailMessage
from pathlib import Path

import py7zr
import pytest

from corpus.document import BlockKind, PageKind
from corpus.extraction.dispatch import extract
from corpus.extraction.extracted import Extracted, ExtractionFailure, FailureState
from corpus.extraction.limits import MIB, Limits
from corpus.extraction.options import ExtractionOptions
from tests.poison.compound import outlook_message
from tests.test_formats_text import blocks, texts


@pytest.fixture
def unpacked(tmp_path: Path) -> Path:
    folder = tmp_path / "unpacked"
    folder.mkdir()
    return folder


def read(path: Path, unpacked: Path, *passwords: str, limits: Limits | None = None) -> Extracted:
    return extract(path, path.name, ExtractionOptions(unpacked, passwords, limits=limits or Limits()))


def contents(extracted: Extracted) -> dict[str, bytes]:
    return {attachment.name: attachment.path.read_bytes() for attachment in extracted.attachments}


def message() -> EmailMessage:
    mail = EmailMessage()
    mail["Subject"] = "Réunion du comité"
    mail["From"] = "Claire Martin <c.martin@example.gouv.fr>"
    mail["To"] = "sisse@example.gouv.fr"
    mail["Date"] = "Mon, 04 Mar 2024 10:00:00 +0100"
    mail.set_content("Bonjour,\n\nVoici le compte rendu.\n")
    return mail


def test_a_message_gives_its_headers_and_its_body_once(tmp_path: Path, unpacked: Path) -> None:
    mail = message()
    mail.add_alternative("<p>Bonjour,</p><p>Voici le compte rendu.</p>", subtype="html")
    path = tmp_path / "m.eml"
    path.write_bytes(mail.as_bytes())
    extracted = read(path, unpacked)
    assert blocks(extracted) == [
        ("heading", 1, "Réunion du comité"),
        (
            "paragraph",
            0,
            "De : Claire Martin <c.martin@example.gouv.fr>\nÀ : sisse@example.gouv.fr\nDate : 2024-03-04 10:00",
        ),
        ("paragraph", 0, "Bonjour,"),
        ("paragraph", 0, "Voici le compte rendu."),
    ]
    assert extracted.pages[0].kind is PageKind.MESSAGE
    assert extracted.metadata["date"] == "2024-03-04"


@pytest.mark.parametrize(
    "opening",
    [
        "Le lun. 4 mars 2024 à 09:12, Jean Dupont <j@example.fr> a écrit :",
        "-----Message d'origine-----",
        "De : Jean Dupont\nEnvoyé : lundi 4 mars 2024\nÀ : Claire",
        "________________________________",
        "On Mon, Mar 4, 2024, Jean wrote:",
    ],
)
def test_earlier_messages_are_quoted_not_said_again(tmp_path: Path, unpacked: Path, opening: str) -> None:
    mail = message()
    mail.set_content(f"Ma réponse.\n\n{opening}\n\nL'ancien message.\n")
    path = tmp_path / "m.eml"
    path.write_bytes(mail.as_bytes())
    extracted = read(path, unpacked)
    assert "Ma réponse." in texts(extracted, BlockKind.PARAGRAPH)
    assert texts(extracted, BlockKind.QUOTED)[-1] == "L'ancien message."


def test_answers_between_quoted_lines_are_kept(tmp_path: Path, unpacked: Path) -> None:
    mail = message()
    mail.set_content("> Quel montant ?\n\n400 000 €\n\n> Quelle date ?\n\nLe 4 mars\n")
    path = tmp_path / "m.eml"
    path.write_bytes(mail.as_bytes())
    extracted = read(path, unpacked)
    assert texts(extracted, BlockKind.QUOTED) == ["> Quel montant ?", "> Quelle date ?"]
    assert texts(extracted, BlockKind.PARAGRAPH)[1:] == ["400 000 €", "Le 4 mars"]


def test_attachments_and_attached_messages_become_files(tmp_path: Path, unpacked: Path) -> None:
    mail = message()
    mail.add_attachment(b"%PDF-", maintype="application", subtype="pdf", filename="pièce é.pdf")
    mail.add_attachment(message())
    path = tmp_path / "m.eml"
    path.write_bytes(mail.as_bytes())
    found = contents(read(path, unpacked))
    assert list(found) == ["pièce é.pdf", "Réunion du comité.eml"]
    assert found["pièce é.pdf"] == b"%PDF-"
    inner = tmp_path / "inner.eml"
    inner.write_bytes(found["Réunion du comité.eml"])
    assert read(inner, unpacked).title == "Réunion du comité"


def test_headers_of_careless_programs_are_read(tmp_path: Path, unpacked: Path) -> None:
    path = tmp_path / "m.eml"
    path.write_bytes(
        "From: é@x.fr\nSubject: Réunion à Évry\nDate: hier\nContent-Type: text/plain; charset=nimporte\n\n"
        "Déjà vu".encode("cp1252")
    )
    extracted = read(path, unpacked)
    assert extracted.title == "Réunion à Évry"
    assert texts(extracted, BlockKind.PARAGRAPH)[-1] == "Déjà vu"


def test_a_mailbox_gives_a_file_a_message(tmp_path: Path, unpacked: Path) -> None:
    path = tmp_path / "boite.mbox"
    one = b"From c@x Mon Mar  4 10:00:00 2024\n" + message().as_bytes() + b"\n"
    path.write_bytes(one * 3)
    assert [attachment.name for attachment in read(path, unpacked).attachments] == ["Réunion du comité.eml"] * 3


def test_an_outlook_message_gives_the_same_as_another(tmp_path: Path, unpacked: Path) -> None:
    path = tmp_path / "m.msg"
    path.write_bytes(outlook_message("Réunion", "Bonjour,\n\nVoici.", "c.martin@example.fr", {"pièce.txt": b"contenu"}))
    extracted = read(path, unpacked)
    assert extracted.title == "Réunion"
    assert texts(extracted, BlockKind.PARAGRAPH)[-2:] == ["Bonjour,", "Voici."]
    assert contents(extracted) == {"pièce.txt": b"contenu"}


FILES = {"dossier/note é.txt": b"une note", "../../remonte.txt": b"en haut", "vide.txt": b""}


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def tarred(files: dict[str, bytes], mode: str) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=f"w{mode}") as archive:  # type: ignore[call-overload]
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return out.getvalue()


@pytest.mark.parametrize("kind", ["zip", "tar", "tar:gz", "tar:bz2", "tar:xz"])
def test_members_become_files_whatever_their_names(tmp_path: Path, unpacked: Path, kind: str) -> None:
    path = tmp_path / "archive"
    path.write_bytes(zipped(FILES) if kind == "zip" else tarred(FILES, kind[3:]))
    extracted = read(path, unpacked)
    assert contents(extracted) == FILES
    assert all(attachment.path.parent == unpacked for attachment in extracted.attachments)
    assert sorted(texts(extracted, BlockKind.LIST_ITEM)) == sorted(FILES)


def test_a_7z_archive_opens_with_a_known_password_only(tmp_path: Path, unpacked: Path) -> None:
    path = tmp_path / "a.7z"
    with py7zr.SevenZipFile(path, "w", password="sésame") as archive:
        archive.writestr(b"une note", "d/note.txt")
    assert contents(read(path, unpacked, "faux", "sésame")) == {"d/note.txt": b"une note"}
    for passwords in ((), ("faux",)):
        with pytest.raises(ExtractionFailure) as failure:
            read(path, unpacked, *passwords)
        assert failure.value.state is FailureState.PASSWORD_NEEDED


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress])
def test_a_compressed_file_becomes_the_file(tmp_path: Path, unpacked: Path, compress: object) -> None:
    assert callable(compress)
    path = tmp_path / "note.txt.gz"
    path.write_bytes(compress(b"une note"))
    assert contents(read(path, unpacked)) == {"note.txt": b"une note"}


def test_links_are_left_out_and_named(tmp_path: Path, unpacked: Path) -> None:
    path = tmp_path / "a.tar"
    with tarfile.open(path, "w") as archive:
        for name, kind in (("lien", tarfile.SYMTYPE), ("dur", tarfile.LNKTYPE), ("tube", tarfile.FIFOTYPE)):
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, "/etc/passwd"
            archive.addfile(member)
    extracted = read(path, unpacked)
    assert not extracted.attachments
    assert [warning.split("»")[0].strip("« ") for warning in extracted.warnings] == ["lien", "dur", "tube"]


def test_a_damaged_member_is_named_and_the_others_are_kept(tmp_path: Path, unpacked: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("sain.txt", b"sain")
        archive.writestr("malade.txt", b"malade")
    path.write_bytes(path.read_bytes().replace(b"malade", b"gueri.", 2).replace(b"gueri.", b"malade", 1))
    extracted = read(path, unpacked)
    assert contents(extracted) == {"sain.txt": b"sain"}
    assert len(extracted.warnings) == 1


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (Limits(archive_members=2), "plus de 2 fichiers"),
        (Limits(archive_bytes=10), "bombe"),
        (Limits(archive_ratio=2, archive_ratio_floor=1000), "bombe"),
    ],
)
@pytest.mark.parametrize("kind", ["zip", "tar:gz", "7z"])
def test_limits_hold_for_every_kind_and_leave_nothing(
    tmp_path: Path, unpacked: Path, limits: Limits, reason: str, kind: str
) -> None:
    files = {f"{n}.txt": b"x" * 5000 for n in range(3)}
    path = tmp_path / "archive"
    if kind == "7z":
        with py7zr.SevenZipFile(path, "w") as archive:
            for name, data in files.items():
                archive.writestr(data, name)
    else:
        path.write_bytes(zipped(files) if kind == "zip" else tarred(files, ":gz"))
    with pytest.raises(ExtractionFailure) as failure:
        read(path, unpacked, limits=limits)
    assert failure.value.state is FailureState.QUARANTINED
    assert reason in failure.value.message
    assert not unpacked.exists() or not list(unpacked.iterdir())


def test_a_gzip_bomb_is_stopped_while_it_unpacks(tmp_path: Path, unpacked: Path) -> None:
    path = tmp_path / "bombe.gz"
    path.write_bytes(gzip.compress(bytes(64 * MIB)))
    with pytest.raises(ExtractionFailure) as failure:
        read(path, unpacked)
    assert "bombe" in failure.value.message
