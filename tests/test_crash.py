"""A short campaign; ``reuni bench crash`` runs the long one."""

from eval.bench.crash import run


def test_struck_down_anywhere_the_index_serves_and_the_next_run_completes() -> None:
    found = run(seconds=25, stride=11, moments=12, seed=2)
    assert found["failures"] == []
    assert set(found["strikes"]) == {"kill", "error_once", "error_always", "kill_at_moment", "small_files"}
