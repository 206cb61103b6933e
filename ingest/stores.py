"""Stores: the one that trends are read from, as the settings choose it."""

from ingest.journal import Journal
from ingest.series import Series
from ingest.settings import Settings
from ingest.urls import read_series_url


def open_series(settings: Settings) -> Series:
    """The journal itself, or InfluxDB where `series_url` names one. Nothing is connected before the first question."""
    if not read_series_url(settings.series_url):
        return Journal(settings.journal_path)
    # Its client takes a good part of a second to import: who reads from the journal need not wait for it.
    from ingest.influx import InfluxStore  # noqa: PLC0415

    return InfluxStore(settings)
