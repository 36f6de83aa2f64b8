"""The SISSE test set: topics and, once they are judged, judgments. See README.md."""
