from pathlib import Path

import pytest
from hypothesis import settings

from indexer.encoder.onnx_encoder import OnnxEncoder
from tests.encoders import FakeEncoder, prepared_model

# No test is timed: a busy machine is not a fault.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """An empty data directory."""
    return tmp_path / "data"


@pytest.fixture(scope="session")
def lite(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a milvus-lite that all tests share: each takes a prefix of its own."""
    return str(tmp_path_factory.mktemp("milvus") / "lite.db")


@pytest.fixture
def fake() -> FakeEncoder:
    """A deterministic encoder without a model."""
    return FakeEncoder()


@pytest.fixture(scope="session")
def real_encoder() -> OnnxEncoder:
    """The encoder that serves."""
    return OnnxEncoder.open(prepared_model())
