"""What can go wrong around encoders and indexes.

::

    IndexFault                  anything wrong with what the index is made of or made with
    ├── EncoderMissing          no prepared encoder where one is needed
    ├── EncoderDamaged          a file of the encoder is not what was written
    ├── EncoderUnsupported      this model cannot become an encoder here
    └── EncoderMismatch         an index was made with another encoder
"""

from corpus.errors import ReuniError


class IndexFault(ReuniError):
    """The index, or the encoder that makes and reads it, cannot be used as it is."""


class EncoderMissing(IndexFault):
    """No prepared encoder is found where one is needed."""


class EncoderDamaged(IndexFault):
    """A file of the encoder is absent, cut or changed."""


class EncoderUnsupported(IndexFault):
    """The model asked for cannot be loaded or exported on this machine."""


class EncoderMismatch(IndexFault):
    """An index was made with another encoder than the one at hand."""
