"""What is done to text before anyone reads it: characters, hyphenation, and forms for matching."""
