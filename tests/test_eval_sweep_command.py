"""A sweep is asked in words: parameters and the values to try."""

import pytest

from corpus.errors import InputError
from eval.sweep import grid
from eval.sweep_command import read_axes


def test_axes_are_parameters_and_their_values() -> None:
    axes = read_axes(["late=0.3,0.45", "lexical=1"])
    assert axes == {"late": (0.3, 0.45), "lexical": (1.0,)}
    assert list(grid(axes)) == [{"late": 0.3, "lexical": 1.0}, {"late": 0.45, "lexical": 1.0}]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (["poids=1"], "ne nomme pas un paramètre"),
        (["late=1", "late=2"], "une seconde fois"),
        (["late"], "ne donne pas des nombres"),
        (["late="], "ne donne pas des nombres"),
        (["late=0.3,x"], "ne donne pas des nombres"),
        (["late=-1"], "ne donne pas des nombres"),
        (["late=nan"], "ne donne pas des nombres"),
    ],
)
def test_what_is_not_an_axis_is_said(given: list[str], says: str) -> None:
    with pytest.raises(InputError, match=says):
        read_axes(given)
