"""Settings of ingest: each is an environment variable `POOL_` and its name in capitals."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from ingest.urls import read_mqtt_url, read_series_url


class Settings(BaseSettings):
    """What ingest is told. A wrong value is refused at start."""

    model_config = SettingsConfigDict(env_prefix="POOL_", frozen=True, hide_input_in_errors=True)

    data: Path = Field(Path("data"), description="Folder of everything that is kept: journal, records, cursors, keys.")

    mqtt_url: str = Field("mqtt://127.0.0.1:1883", description="The broker: mqtt://host:port, or mqtts:// for TLS.")
    mqtt_user: str | None = Field(None, description="User name at the broker; none is an anonymous connection.")
    mqtt_password: SecretStr | None = Field(None, description="Password at the broker.")
    mqtt_version: Literal["5", "3.1.1"] = Field("5", description="MQTT version that the broker speaks: 5 or 3.1.1.")
    mqtt_client_id: str = Field(
        "poolkeeper-ingest",
        min_length=1,
        max_length=200,
        description="Name of ingest's session at the broker; the broker keeps messages under it while ingest is down.",
    )
    mqtt_ca: Path | None = Field(None, description="File with the CA that signed the broker's certificate (mqtts).")

    series_url: str = Field(
        "journal:",
        description="Where trends are read from: journal:, or influxdb://host:port/DATABASE (influxdbs:// for TLS).",
    )
    series_token: SecretStr | None = Field(None, description="InfluxDB 2 and 3: the API token.")
    series_user: str | None = Field(None, description="InfluxDB 1: user name.")
    series_password: SecretStr | None = Field(None, description="InfluxDB 1: password.")
    series_ca: Path | None = Field(None, description="File with the CA that signed InfluxDB's certificate (influxdbs).")

    @property
    def journal_path(self) -> Path:
        """The journal's database file."""
        return self.data / "journal.db"

    @field_validator("mqtt_url")
    @classmethod
    def _check_mqtt_url(cls, url: str) -> str:
        read_mqtt_url(url)
        return url

    @field_validator("series_url")
    @classmethod
    def _check_series_url(cls, url: str) -> str:
        read_series_url(url)
        return url
