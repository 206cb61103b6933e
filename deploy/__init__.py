"""deploy: starts the parts, together or alone, and administers them."""
