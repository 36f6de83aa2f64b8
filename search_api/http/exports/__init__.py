"""Hits taken out of Réuni: each row can be traced back to its page, file, drop and generation."""
