"""What can go wrong around encoders and indexes.

::

    IndexFault                  anything wrong with what the index is made of or made with
    ├── EncoderMissing          no prepared encoder where one is needed
    ├── EncoderDamaged          a file of the encoder is not what was written
    ├── EncoderUnsupported      this model cannot become an encoder here
    ├── EncoderMismatch         an index was made with another encoder
    ├── IndexMissing            a compartment has nothing to search yet
    ├── IndexDamaged            a file of the index is not what was written
    │   └── IndexOutdated       an earlier Réuni wrote it in another format
    ├── StorageUnavailable      the cluster that holds the index cannot be reached or used
    ├── ClusterUnavailable      the workers that read and encode cannot be reached, or were lost
    ├── BackupDamaged           a backup is not what was written, or is no backup
    └── WriterBusy              another process is writing
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


class IndexMissing(IndexFault):
    """A compartment has no published generation."""


class IndexDamaged(IndexFault):
    """A file of a generation or of the embedding cache is absent, cut, changed or of another format."""


class IndexOutdated(IndexDamaged):
    """A generation was written in a format that is not read any more, or not yet."""


class StorageUnavailable(IndexFault):
    """The cluster that holds the index does not answer, or the library that speaks to it is not installed."""


class ClusterUnavailable(IndexFault):
    """The workers that read and encode cannot be reached, were all lost, or are not installed as this machine is."""


class BackupDamaged(IndexFault):
    """A backup is cut, changed, of another format, or no backup at all; nothing was put in place."""


class WriterBusy(IndexFault):
    """Another process is writing to this compartment."""
