"""French text rules: words, stems, sentences, identifiers."""
