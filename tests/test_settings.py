"""Every setting is documented, has a default and a help text."""

from pathlib import Path

import pytest

from search_api.settings import Settings

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "exploitation.md"


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_a_setting_is_documented(name: str) -> None:
    field = Settings.model_fields[name]
    assert field.description and field.description.endswith(".")
    assert not field.is_required()
    assert f"| `REUNI_{name.upper()}` |" in DOCUMENT.read_text("utf-8")


def test_no_setting_is_documented_that_does_not_exist() -> None:
    rows = [line.split("`")[1] for line in DOCUMENT.read_text("utf-8").splitlines() if line.startswith("| `REUNI_")]
    assert sorted(rows) == sorted(f"REUNI_{name.upper()}" for name in Settings.model_fields)


def test_the_environment_sets_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REUNI_PORT", "8080")
    assert Settings().port == 8080
