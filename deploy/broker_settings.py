"""Settings of the embedded broker, on top of ingest's."""

from pydantic import Field

from ingest.settings import Settings as IngestSettings

_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - compared with, not listened on


class BrokerSettings(IngestSettings):
    """Where the embedded broker listens."""

    broker_host: str = Field("127.0.0.1", description="Where the embedded broker listens; 0.0.0.0 is every interface.")
    broker_port: int = Field(1883, ge=1, le=65535, description="Port of the embedded broker.")

    @property
    def has_own_broker(self) -> bool:
        """Whether the embedded broker is meant: nobody named another one."""
        return "mqtt_url" not in self.model_fields_set

    @property
    def own_broker_url(self) -> str:
        """Where the parts find the embedded broker."""
        return f"mqtt://{_EVERYWHERE.get(self.broker_host, self.broker_host)}:{self.broker_port}"
