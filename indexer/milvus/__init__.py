"""Generations kept in a Milvus cluster: the store of more than one machine (docs/scale.md)."""
