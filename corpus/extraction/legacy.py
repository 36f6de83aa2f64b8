"""Legacy office formats, converted by headless LibreOffice, then read as their modern form."""

import shutil
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import psutil

from corpus.extraction import media_type as media
from corpus.extraction.docx import extract_docx
from corpus.extraction.extracted import Extracted, ExtractionFailure, FailureState
from corpus.extraction.failures import damaged, misbehaved
from corpus.extraction.limits import Limits
from corpus.extraction.presentation import extract_pptx

_TARGETS: dict[str, tuple[str, str, Callable[[Path, Limits], Extracted]]] = {
    media.DOC: (".doc", "docx", extract_docx),
    media.RTF: (".rtf", "docx", extract_docx),
    media.PPT: (".ppt", "pptx", extract_pptx),
}
LEGACY_TYPES = frozenset(_TARGETS)
# Under the silence after which the worker itself is killed: the reason given is then the right one.
_PART_OF_SILENCE = 0.8


def extract_legacy(path: Path, media_type: str, limits: Limits) -> Extracted:
    """Read a DOC, RTF or PPT file.

    Raises:
        ExtractionFailure: NEEDS_LIBREOFFICE where it is not installed, QUARANTINED.
    """
    program = shutil.which("soffice")
    if program is None:
        raise ExtractionFailure(
            FailureState.NEEDS_LIBREOFFICE,
            "Ancien format bureautique : LibreOffice est nécessaire pour le lire",
            remedy="Installez LibreOffice (paquets libreoffice-writer-nogui et libreoffice-impress-nogui), "
            "puis lancez « reuni index --retry »",
        )
    extension, target, reader = _TARGETS[media_type]
    with tempfile.TemporaryDirectory(prefix="legacy-") as folder:
        work = Path(folder)
        # LibreOffice trusts extensions: the copy has the one of its content.
        source = work / f"source{extension}"
        shutil.copyfile(path, source)
        converted = work / "out" / f"source.{target}"
        _convert(program, source, target, converted.parent, limits.silence_seconds * _PART_OF_SILENCE)
        if not converted.is_file():
            raise damaged("le document")
        extracted = reader(converted, limits)
    return replace(extracted, media_type=media_type)


def _convert(program: str, source: Path, target: str, out: Path, seconds: float) -> None:
    # One profile a worker: two LibreOffice cannot share one, and the first start fills it.
    profile = Path(tempfile.gettempdir()).resolve() / "libreoffice-profile"
    command = [
        program,
        f"-env:UserInstallation={profile.as_uri()}",
        "--headless",
        "--norestore",
        "--nolockcheck",
        "--nodefault",
        "--convert-to",
        target,
        "--outdir",
        str(out),
        str(source),
    ]
    with subprocess.Popen(  # noqa: S603 (found on the path; the arguments are the house's)
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            process.wait(timeout=seconds)
        except subprocess.TimeoutExpired as error:
            # soffice is a script that starts others; they stay in the worker's group, so that its end is theirs.
            with suppress(psutil.Error):
                for child in psutil.Process(process.pid).children(recursive=True):
                    child.kill()
            process.kill()
            raise misbehaved("LibreOffice n’a pas terminé la conversion à temps") from error
