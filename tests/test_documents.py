"""What the documents say of the tree is true."""

import re
import shlex
from pathlib import Path

import click
import pytest

from search_api.cli import command_line

ROOT = Path(__file__).resolve().parent.parent
PATH = re.compile(r"`((?:corpus|indexer|search_api|eval|tests|docs)/[\w./-]*)`")


@pytest.mark.parametrize("document", ["ARCHITECTURE.md", "README.md", "docs/measurements.md", "indexer/FORMAT.md"])
def test_every_path_named_exists(document: str) -> None:
    named = PATH.findall((ROOT / document).read_text("utf-8"))
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_architecture_has_a_heading_a_room() -> None:
    headings = re.findall(r"^## (.+)$", (ROOT / "ARCHITECTURE.md").read_text("utf-8"), re.MULTILINE)
    assert headings[:5] == [
        "What is a document, and what does it say?",
        "How do passages become a directory that can be searched?",
        "What answers this question?",
        "How do people and programs ask?",
        "Is it better?",
    ]


def _commands() -> list[str]:
    text = (ROOT / "README.md").read_text("utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    lines = [line.split("  #")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line.startswith("reuni ")]


@pytest.mark.parametrize("line", _commands())
def test_every_reuni_command_of_the_readme_is_well_formed(line: str) -> None:
    words = shlex.split(line)[1:]
    command: click.Command = command_line()
    context = click.Context(command)
    while isinstance(command, click.Group):
        name, found, words = command.resolve_command(context, words)
        assert found is not None, name
        command = found
        context = click.Context(command, parent=context)
    command.make_context(command.name, words)


def test_every_make_target_of_the_readme_exists() -> None:
    wanted = set(re.findall(r"^make (\w+)", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE))
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert wanted and all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in wanted)
