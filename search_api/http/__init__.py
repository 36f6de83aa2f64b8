"""How programs ask: the routes under /api/v1, their wire models, errors, limits, logs and metrics."""
