"""The commands of ``reuni``, a module a subject; ``search_api/cli.py`` gathers them."""
