"""A short campaign of damages; ``reuni bench damage`` runs the long one."""

from eval.bench.damage import run


def test_a_changed_byte_or_a_cut_in_any_file_never_serves() -> None:
    found = run(tries=120, seed=3)
    assert found["failures"] == []
    assert found["tries"] == {"flip": 60, "cut": 60}
    assert found["former_served"] > 60
