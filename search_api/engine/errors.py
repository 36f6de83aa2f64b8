"""What the engine cannot do for a caller."""

from corpus.errors import ReuniError


class EngineError(ReuniError):
    """The question cannot be answered as it was asked."""


class UnknownCompartment(EngineError):
    """A compartment was named that does not exist or may not be read: the two are not told apart."""

    exit_code = 2
