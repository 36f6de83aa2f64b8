"""The encoder: text in, one vector a text and one vector a token out."""
