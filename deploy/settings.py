"""Settings of the whole house: those of the rooms and of the embedded broker."""

from deploy.broker_settings import BrokerSettings
from portal.settings import Settings as PortalSettings


class Settings(PortalSettings, BrokerSettings):
    """What `poolkeeper run` is told. A wrong value is refused at start."""
