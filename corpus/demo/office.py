"""LibreOffice, run once a format, and what makes its files the same from one run to the next."""

import os
import re
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

from corpus.demo.source import Source

FILTERS = {
    "docx": "docx:Office Open XML Text",
    "odt": "odt",
    "doc": "doc:MS Word 97",
    "rtf": "rtf:Rich Text Format",
    "pdf": "pdf:writer_pdf_Export",
    "xlsx": "xlsx:Calc MS Excel 2007 XML",
    "ods": "ods",
    "pptx": "pptx:Impress MS PowerPoint 2007 XML",
    "odp": "odp",
}
_ZIPPED = ("docx", "odt", "xlsx", "ods", "pptx", "odp")
_SECONDS = 600


def libreoffice() -> str | None:
    """The path of the program, or None where it is not installed."""
    return shutil.which("soffice") or shutil.which("libreoffice")


def convert(flats: Mapping[Source, str], extension: str, suffix: str = "fodt") -> dict[Source, bytes]:
    """Has LibreOffice turn flat files into ``extension``, all in one run.

    Raises:
        FileNotFoundError: LibreOffice is not installed.
        RuntimeError: it left out a file.
    """
    program = libreoffice()
    if program is None:
        raise FileNotFoundError("LibreOffice (soffice) is needed to build this format")
    with tempfile.TemporaryDirectory(prefix="demo-office-") as name:
        work = Path(name)
        inputs = {source: work / f"{at:04}.{suffix}" for at, source in enumerate(flats)}
        for source, path in inputs.items():
            path.write_text(flats[source], encoding="utf-8")
        subprocess.run(  # noqa: S603 - our own files, no shell
            [
                program,
                f"-env:UserInstallation={(work / 'profile').as_uri()}",
                "--headless",
                "--norestore",
                "--convert-to",
                FILTERS[extension],
                "--outdir",
                str(work / "out"),
                *(str(path) for path in inputs.values()),
            ],
            check=True,
            capture_output=True,
            timeout=_SECONDS,
            env={**os.environ, "SOURCE_DATE_EPOCH": "0", "TZ": "UTC", "LC_ALL": "C.UTF-8"},
        )
        built = {}
        for source, path in inputs.items():
            result = work / "out" / f"{path.stem}.{extension}"
            if not result.is_file():
                raise RuntimeError(f"LibreOffice made nothing of {source.path}")
            data = result.read_bytes()
            date = source.date
            if extension in _ZIPPED:
                data = _fix_zip(result, date, work / "fixed")
            elif extension == "pdf":
                data = _fix_pdf(data, date)
            built[source] = data
        return built


def _fix_pdf(data: bytes, date: str) -> bytes:
    """Same length for same length, so that the cross-reference table stays true."""
    stamp = date.replace("-", "").encode() + b"090000Z'00'"
    data = re.sub(
        rb"/(CreationDate|ModDate)\(D:([^)]*)\)",
        lambda m: b"/%s(D:%s)" % (m.group(1), stamp.ljust(len(m.group(2)), b"'")[: len(m.group(2))]),
        data,
    )
    data = re.sub(rb"(?<=<)[0-9A-F]{32}(?=>)", b"0" * 32, data)
    return re.sub(rb"/DocChecksum /[0-9A-F]{32}", b"/DocChecksum /" + b"0" * 32, data)


def _fix_zip(path: Path, date: str, fixed: Path) -> bytes:
    year, month, day = (int(part) for part in date.split("-"))
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(fixed, "w") as new:
        for name in old.namelist():
            if name.startswith("Thumbnails/"):
                continue
            info = zipfile.ZipInfo(name, (max(year, 1980), month, day, 9, 0, 0))
            info.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            new.writestr(info, _fix_member(name, old.read(name), date), compresslevel=9)
    return fixed.read_bytes()


def _fix_member(name: str, data: bytes, date: str) -> bytes:
    if name == "meta.xml":
        data = re.sub(rb"<dc:date>[^<]*", b"<dc:date>%sT09:00:00" % date.encode(), data)
        data = re.sub(rb"<meta:editing-duration>[^<]*", b"<meta:editing-duration>PT0S", data)
    elif name == "content.xml":
        ids: dict[bytes, bytes] = {}
        data = re.sub(rb'(?<=")list\d{6,}(?=")', lambda m: ids.setdefault(m.group(), b"list%d" % (len(ids) + 1)), data)
    elif name == "settings.xml":
        # Where the window that drew a slide happened to be is written too.
        window = rb'(config:name="(?:Rsid(?:Root)?|VisibleArea(?:Top|Left))" config:type="int">)-?\d+'
        data = re.sub(window, rb"\g<1>0", data)
    elif name.startswith("ppt/"):
        data = re.sub(rb'(?<=id="\{)[0-9A-F-]{36}(?=\}")', b"00000000-0000-0000-0000-000000000000", data)
    elif name == "docProps/core.xml":
        pattern = rb'(<dcterms:(?:created|modified) xsi:type="dcterms:W3CDTF">)[^<]*'
        data = re.sub(pattern, rb"\g<1>%sT09:00:00Z" % date.encode(), data)
    elif name == "META-INF/manifest.xml":
        data = re.sub(rb' <manifest:file-entry manifest:full-path="Thumbnails/[^>]*>\n?', b"", data)
    return data
