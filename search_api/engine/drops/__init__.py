"""Drops as managers make them: delivered in pieces, indexed by another process, followed, put right, withdrawn."""
