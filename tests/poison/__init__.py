"""Hostile files and readers, made when the tests run: nothing dangerous is kept in the repository."""
