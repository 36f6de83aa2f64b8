"""Arrays of a safetensors file: what is read from it or mapped is what was written, and nothing beyond its end."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors import SafetensorError
from safetensors.numpy import save_file

from indexer.tensor_file import TensorFile

SIGNS = np.random.default_rng(0).integers(0, 256, (40, 6), np.uint8)
SCALES = np.random.default_rng(1).standard_normal(40).astype(np.float16)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tensors") / "some.safetensors"
    save_file({"signs": SIGNS, "scales": SCALES, "none": np.empty((0, 6), np.uint8)}, path)
    return path


@given(ends=st.tuples(st.integers(0, 40), st.integers(0, 40)).map(sorted))
def test_rows_read_are_those_written(path: Path, ends: list[int]) -> None:
    first, end = ends
    file = TensorFile(path)
    assert np.array_equal(file.rows("signs").read(first, end), SIGNS[first:end])
    assert np.array_equal(file.rows("scales").read(first, end), SCALES[first:end])


def test_an_array_is_mapped_whole_even_without_rows(path: Path) -> None:
    file = TensorFile(path)
    assert file.names == {"signs", "scales", "none"}
    assert np.array_equal(file.mapped("signs"), SIGNS)
    assert file.mapped("none").shape == (0, 6)


def test_rows_are_read_as_long_as_they_are_held_though_the_file_was_removed(tmp_path: Path) -> None:
    save_file({"signs": SIGNS}, tmp_path / "removed")
    rows = TensorFile(tmp_path / "removed").rows("signs")
    (tmp_path / "removed").unlink()
    assert np.array_equal(rows.read(3, 9), SIGNS[3:9])


def test_a_file_cut_before_it_is_opened_or_after_is_an_error(tmp_path: Path) -> None:
    save_file({"signs": SIGNS}, tmp_path / "cut")
    rows = TensorFile(tmp_path / "cut").rows("signs")
    whole = (tmp_path / "cut").read_bytes()
    (tmp_path / "cut").write_bytes(whole[:-12])
    assert np.array_equal(rows.read(0, 38), SIGNS[:38])
    with pytest.raises(OSError, match="la fin du fichier manque"):
        rows.read(38, 40)
    with pytest.raises(SafetensorError):
        TensorFile(tmp_path / "cut")
