"""What a document says of itself: from its manifest, its file, and its text, in that order."""
