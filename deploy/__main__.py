"""`python -m deploy` is `poolkeeper`."""

from deploy.cli import app

app()
