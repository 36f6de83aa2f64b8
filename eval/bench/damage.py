"""``reuni bench damage``: a byte changed or a file cut, a thousand times; each is refused before it serves.

The current generation of a small collection is damaged in one place at a time, then opened as a server opens it: what
opens must be the generation before it, or nothing at all when they share the damaged file.
"""

import random
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from eval.bench.indexing_here import indexing_here
from eval.bench.word_encoder import WordEncoder
from indexer.compartment import DEFAULT, Compartment
from indexer.errors import IndexDamaged

_FIRST = {f"note-{n}.txt": f"Note {n}\n\nLe dossier {n} traite de la norme {n % 5}." for n in range(40)}
_SECOND = {"avis.txt": "Avis\n\nUn avis sur la semence et le brevet."}


def run(*, tries: int = 1000, seed: int = 0) -> dict[str, Any]:
    """Damage the current generation ``tries`` times, a flipped bit and a truncation in turn, files drawn alike.

    Returns:
        ``tries`` by kind, ``files`` of the generation, ``former_served`` and ``none_served``: how often each followed,
        ``failures``: the damages that served.
    """
    chance = random.Random(seed)  # noqa: S311 - a fixed draw
    done: Counter[str] = Counter()
    outcome: Counter[str] = Counter()
    failures: list[str] = []
    started = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="reuni-damage-") as root:
        compartment, good, current = _prepared(Path(root))
        folder = compartment.generations / current
        files = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.name.endswith(".lock")]
        for turn in range(tries):
            path = chance.choice([file for file in files if file.stat().st_size])
            kind = "cut" if turn % 2 else "flip"
            place = _damaged(path, kind, chance)
            done[kind] += 1
            try:
                with_damage = compartment.open(WordEncoder().identity)
                served = with_damage.manifest.id
                with_damage.close()
            except IndexDamaged:
                served = ""
            outcome["former_served" if served == good else "none_served"] += served in {good, ""}
            if served not in {good, ""}:
                failures.append(f"{kind} {path.relative_to(folder)} {place[0]}")
            path.unlink()
            path.write_bytes(place[1])
        whole = compartment.open(WordEncoder().identity).manifest.id == current
    return {
        "tries": dict(done),
        "files": len(files),
        **outcome,
        "seconds": round(time.perf_counter() - started, 1),
        "failures": failures if whole else [*failures, "what was put back does not serve"],
    }


def _damaged(path: Path, kind: str, chance: random.Random) -> tuple[int, bytes]:
    """Damage a file, not those it is a hard link of; returns where, and its content before."""
    content = path.read_bytes()
    place = chance.randrange(len(content))
    path.unlink()
    if kind == "cut":
        path.write_bytes(content[:place])
    else:
        path.write_bytes(content[:place] + bytes([content[place] ^ (1 << chance.randrange(8))]) + content[place + 1 :])
    return place, content


def _prepared(root: Path) -> tuple[Compartment, str, str]:
    """A compartment of two generations, and their ids."""
    compartment = Compartment(root / "data", DEFAULT)
    ids: list[str] = []
    for name, texts in (("first", _FIRST), ("second", _SECOND)):
        (root / name).mkdir()
        for file, text in texts.items():
            (root / name / file).write_text(text, encoding="utf-8")
        indexing = indexing_here(compartment, WordEncoder())
        ids.append(indexing.drop(root / name, name=name).published.generation)
    return compartment, ids[0], ids[1]
