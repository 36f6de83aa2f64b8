"""Office documents under a password: opened with those that are known."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msoffcrypto  # type: ignore[import-untyped]
import msoffcrypto.exceptions  # type: ignore[import-untyped]

from corpus.extraction.failures import damaged, password_needed

_BROKEN = (ValueError, OSError, KeyError, IndexError, TypeError, AttributeError, SyntaxError, OverflowError)


@contextmanager
def decrypted(path: Path, passwords: Sequence[str]) -> Iterator[Path]:
    """The clear form of an encrypted DOCX, XLSX or PPTX, removed at the end.

    Raises:
        ExtractionFailure: PASSWORD_NEEDED when no password opens it, QUARANTINED when it is damaged.
    """
    with tempfile.TemporaryDirectory(prefix="decrypted-") as folder:
        clear = Path(folder) / "clear"
        for password in passwords:
            if _decrypt(path, password, clear):
                break
        else:
            raise password_needed()
        yield clear


def _decrypt(path: Path, password: str, clear: Path) -> bool:
    try:
        with path.open("rb") as source, clear.open("wb") as target:
            office = msoffcrypto.OfficeFile(source)
            office.load_key(password=password, verify_password=True)
            office.decrypt(target)
    except (msoffcrypto.exceptions.InvalidKeyError, msoffcrypto.exceptions.DecryptionError):
        return False
    except (msoffcrypto.exceptions.FileFormatError, msoffcrypto.exceptions.ParseError, *_BROKEN) as error:
        raise damaged("le document protégé") from error
    return True
