"""Tables written by hand beside the engine's modules: tab-separated, their first line naming the columns."""

from importlib.resources import files


def rows(name: str) -> list[list[str]]:
    """The lines of a table after its first, each cut at its tabs.

    Args:
        name: of its file, in this folder.
    """
    lines = files("search_api.engine").joinpath(name).read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines[1:]]
