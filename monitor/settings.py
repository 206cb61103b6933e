"""Settings of the monitor, on top of ingest's."""

from typing import Any

from pydantic import Field, field_validator
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from ingest.settings import Settings as IngestSettings

_EXPECTED = "sqlite:///FILE or postgresql+psycopg://USER@HOST/DATABASE"


def _beside_the_journal(given: dict[str, Any]) -> str:
    return f"sqlite:///{given['data']}/records.db"


class Settings(IngestSettings):
    """What the monitor is told. A wrong value is refused at start."""

    records_url: str = Field(
        default_factory=_beside_the_journal,
        description="The records database: sqlite:///FILE, by default records.db in the data folder, or "
        "postgresql+psycopg://USER@HOST/DATABASE with its password in PGPASSWORD or PGPASSFILE.",
    )

    @field_validator("records_url")
    @classmethod
    def _check_records_url(cls, text: str) -> str:
        # The address itself is not repeated here: it may hold a password.
        try:
            url = make_url(text)
        except ArgumentError:
            raise ValueError(f"the address of the records database cannot be read, expected {_EXPECTED}") from None
        if url.drivername not in ("sqlite", "postgresql+psycopg"):
            raise ValueError(f"records database of kind {url.drivername!r}, expected {_EXPECTED}")
        if url.password:
            raise ValueError("the address of the records database holds a password, which belongs in PGPASSWORD")
        return text
