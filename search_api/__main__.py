"""The ``reuni`` command."""

import os
import sys


def main() -> None:
    """Run the command line and exit with its code: 0 done, 1 failed, 2 asked wrongly, 130 interrupted."""
    # NumPy's own threads wait by spinning and fight the encoder's over two cores: matrix products here are
    # small (18,000 x 384 by 384 x 12 goes from 5 to 420 ms in the worst case with two).
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # FAISS's too: a scan for one query runs on one thread whatever it is given, and then waits for the others
    # (14 ms for 529 vectors on a busy machine, under 1 ms alone).
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    from search_api.cli import run  # noqa: PLC0415 - after the variable

    sys.exit(run())


if __name__ == "__main__":
    main()
