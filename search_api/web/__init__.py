"""How people ask: pages rendered on the server, which work without JavaScript."""
