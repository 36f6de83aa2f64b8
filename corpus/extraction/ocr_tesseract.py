"""Tesseract as the OCR engine, run as a program of its own for each page."""

import csv
import io
import os
import re
import shutil
import subprocess
from collections.abc import Iterator

from corpus.cleaning.characters import clean_characters
from corpus.extraction.ocr import GreyPixels, OcrError, OcrWord

LANGUAGE = "fra"
PAGE_SECONDS = 100
"""A page takes a few seconds; the worker that waits for it is itself given up after 120."""


class TesseractEngine:
    """Reads French with Tesseract's LSTM model, one thread a process."""

    def __init__(self, program: str, version: str) -> None:
        self._program = program
        self._version = version

    @property
    def identity(self) -> str:
        """What a cached reading depends on besides the pixels."""
        return f"tesseract {self._version} {LANGUAGE} psm 3"

    def orientation(self, pixels: GreyPixels, dpi: float) -> int:
        """Degrees to turn the image clockwise, by Tesseract's own script and orientation detection."""
        try:
            answer = self._run(pixels, ["-l", "osd", "--psm", "0", "--dpi", str(round(dpi))])
        except OcrError:
            # Too few characters to tell is an error for Tesseract.
            return 0
        turn = re.search(r"^Rotate: (\d+)$", answer, re.MULTILINE)
        sure = re.search(r"^Orientation confidence: ([\d.]+)$", answer, re.MULTILINE)
        if turn is None or sure is None or float(sure[1]) < 1.0:
            return 0
        return int(turn[1]) % 360

    def read(self, pixels: GreyPixels, dpi: float) -> tuple[OcrWord, ...]:
        """The words in Tesseract's order.

        Raises:
            OcrError: Tesseract failed, or took more than :data:`PAGE_SECONDS`.
        """
        options = ["-l", LANGUAGE, "--psm", "3", "--dpi", str(round(dpi))]
        return tuple(_words(self._run(pixels, [*options, "-c", "tessedit_create_tsv=1"])))

    def _run(self, pixels: GreyPixels, options: list[str]) -> str:
        height, width = pixels.shape
        picture = f"P5 {width} {height} 255\n".encode() + pixels.tobytes()
        # One thread a page: several pages are read at a time, and OpenMP's threads would fight over the cores.
        environment = {"OMP_THREAD_LIMIT": "1", "PATH": os.defpath, "LC_ALL": "C.UTF-8"}
        try:
            done = subprocess.run(  # noqa: S603
                [self._program, "stdin", "stdout", *options],
                input=picture,
                capture_output=True,
                timeout=PAGE_SECONDS,
                env=environment,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise _failed() from error
        if done.returncode != 0:
            raise _failed()
        return done.stdout.decode("utf-8", errors="replace")


def find_tesseract() -> TesseractEngine | None:
    """The machine's Tesseract with French, or None when it has not both."""
    program = shutil.which("tesseract")
    if program is None:
        return None
    try:
        languages = _ask(program, "--list-langs")
        version = _ask(program, "--version").partition("\n")[0].removeprefix("tesseract ").strip()
    except (OSError, subprocess.SubprocessError):
        return None
    if LANGUAGE not in languages.split():
        return None
    return TesseractEngine(program, version)


def _ask(program: str, question: str) -> str:
    done = subprocess.run(  # noqa: S603
        [program, question], capture_output=True, timeout=20, check=True, text=True
    )
    return done.stdout + done.stderr


def _failed() -> OcrError:
    return OcrError(
        "La reconnaissance de caractères a échoué sur une page",
        remedy="Lancez « reuni index --retry » ; si l’échec persiste, numérisez la page à nouveau",
    )


def _words(tsv: str) -> Iterator[OcrWord]:
    lines: dict[tuple[str, str, str], int] = {}
    for row in csv.DictReader(io.StringIO(tsv), delimiter="\t", quoting=csv.QUOTE_NONE):
        if row.get("level") != "5":
            continue
        text = "".join(clean_characters(row["text"] or "").split())
        if not text:
            continue
        left, top, width, height = (float(row[name]) for name in ("left", "top", "width", "height"))
        line = lines.setdefault((row["block_num"], row["par_num"], row["line_num"]), len(lines))
        confidence = min(max(float(row["conf"]) / 100, 0.0), 1.0)
        yield OcrWord(text, (left, top, left + width, top + height), confidence, line)
