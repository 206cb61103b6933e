"""Stores: the one that trends are read from, as the settings choose it."""

from ingest.influx import InfluxStore
from ingest.journal import Journal
from ingest.series import Series
from ingest.settings import Settings
from ingest.urls import read_series_url


def open_series(settings: Settings) -> Series:
    """The journal itself, or InfluxDB where `series_url` names one. Nothing is connected before the first question."""
    return InfluxStore(settings) if read_series_url(settings.series_url) else Journal(settings.journal_path)
