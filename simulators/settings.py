"""Settings of the simulators: each is an environment variable `POOL_` and its name in capitals."""

from pydantic import Field, field_validator

from ingest import settings
from simulators import scenarios


class Settings(settings.Settings):
    """What the simulated site is told, beside where the broker is. A wrong value is refused at start."""

    scenario: str = Field("lakeside", description="Simulated site: the scenario that it lives through.")
    seed: int = Field(1, description="Simulated site: what chance decides; the same seed gives the same story.")
    period: float = Field(10, gt=0, le=300, description="Simulated site: seconds between two readings of a sensor.")

    @field_validator("scenario")
    @classmethod
    def _check_scenario(cls, name: str) -> str:
        scenarios.find(name)
        return name
