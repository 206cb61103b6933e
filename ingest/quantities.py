"""The quantities that Poolkeeper can measure: one line each, read by everything else."""

from dataclasses import dataclass

from ingest.words import mark as _


@dataclass(frozen=True, slots=True)
class Quantity:
    """What is measured: its key on the wire, label, unit, the range a sound sensor can report, decimals shown."""

    key: str
    label: str
    unit: str
    low: float
    high: float
    decimals: int


# source: limits.md 3 for the impossible values of pH, chlorine and ORP; the other ranges are our own.
_TABLE = (
    Quantity("ph", _("pH"), "", 3, 11, 2),
    Quantity("bromine", _("Bromine"), "mg/L", 0, 20, 2),
    Quantity("chlorine", _("Free chlorine"), "mg/L", 0, 20, 2),
    Quantity("combined-chlorine", _("Combined chlorine"), "mg/L", 0, 20, 2),
    Quantity("orp", _("ORP"), "mV", 0, 1000, 0),
    Quantity("temperature", _("Temperature"), "°C", 0, 50, 1),
    Quantity("turbidity", _("Turbidity"), "NTU", 0, 100, 2),
    Quantity("flow", _("Flow"), "L/min", 0, 10_000, 1),
    Quantity("level", _("Water level"), "cm", 0, 1000, 1),
    Quantity("make-up", _("Fresh water"), "m³", 0, 10_000_000, 2),
)

QUANTITIES = {quantity.key: quantity for quantity in _TABLE}
