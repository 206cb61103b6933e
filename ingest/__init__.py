"""ingest: from the wire to the journal, and from the journal to the time-series store."""
