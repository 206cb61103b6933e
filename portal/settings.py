"""Settings of the portal, on top of the monitor's."""

from pydantic import Field

from monitor.settings import Settings as MonitorSettings


class Settings(MonitorSettings):
    """What the portal is told. A wrong value is refused at start."""

    host: str = Field("127.0.0.1", description="Address that the portal listens on; 0.0.0.0 is every interface.")
    port: int = Field(8000, ge=0, le=65535, description="Port of the portal.")
    secure_cookies: bool = Field(
        False,  # noqa: FBT003 - pydantic takes the default by position
        description="Send the session cookie over HTTPS alone: set it wherever TLS ends in front of the portal.",
    )
    forwarded_by: str = Field(
        "127.0.0.1",
        description="Addresses of the proxies whose X-Forwarded headers are believed, comma-separated.",
    )
