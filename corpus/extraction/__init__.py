"""Reading files: one small module a format, each a function from a path to :class:`Extracted`."""
