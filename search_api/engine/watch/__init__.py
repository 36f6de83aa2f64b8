"""Coming back to a search: what is new for it after each publication."""
