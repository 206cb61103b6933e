"""Silence of a sensor: by the wall clock, from when anything of it was last received. Pure."""

from dataclasses import dataclass
from datetime import datetime

from ingest.topics import Topic
from monitor.changes import Change
from monitor.lifecycle import What
from monitor.plan import Sensor
from monitor.rules import ALARM, SILENCE, WARNING


@dataclass(frozen=True, slots=True)
class Silence:
    """How urgent the silence of a sensor is at present: warning or alarm."""

    severity: str


def listen(
    silence: Silence | None, sensor: Sensor, topic: Topic, heard: datetime | None, now: datetime
) -> tuple[Silence | None, list[Change]]:
    """Judge at `now` a sensor that was last heard at `heard`, or never. source: limits.md 3.

    It warns at any hour, and becomes an alarm while the site is open; of a site that is closed this is at opening.
    """
    begun = max(heard, sensor.since) if heard else sensor.since
    warns, alarms = begun + sensor.silence_warning, begun + sensor.silence_alarm
    changes = []
    if now < warns:
        return hear(silence, topic, now)
    if silence is None:
        silence = Silence(WARNING)
        changes.append(Change(What.RAISED, SILENCE, topic, warns, WARNING))
    if silence.severity == WARNING and now >= alarms and sensor.calendar.is_open(now):
        silence = Silence(ALARM)
        at = max(alarms, sensor.calendar.last_opening(now))
        changes.append(Change(What.ESCALATED, SILENCE, topic, at, ALARM))
    return silence, changes


def hear(silence: Silence | None, topic: Topic, at: datetime) -> tuple[None, list[Change]]:
    """Something of the sensor was received: it is silent no longer."""
    return None, [Change(What.CLEARED, SILENCE, topic, at, silence.severity)] if silence else []
