"""Names that more than one room of the integration uses."""

from typing import Final

from homeassistant.const import Platform

DOMAIN: Final = "shelfsight"
MANUFACTURER: Final = "Shelfsight"
PLATFORMS: Final = [
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.CAMERA,
    Platform.EVENT,
    Platform.IMAGE,
    Platform.MEDIA_PLAYER,
    Platform.NUMBER,
    Platform.SELECT,
    Platform.SENSOR,
    Platform.SWITCH,
]
ASSIST_PLATFORMS: Final = [Platform.ASSIST_SATELLITE]
"""Only where Assist is set up: nobody else has a pipeline for a satellite, and its parts take long to import."""

# Keys of a config entry's data.
CONF_WEARABLE_ID: Final = "wearable_id"
CONF_LINK_KEY: Final = "link_key"
CONF_HOME_ADDRESS: Final = "home_address"
CONF_STREAM_ID: Final = "stream_id"
CONF_STREAM_KEY: Final = "stream_key"
CONF_ANSWERER: Final = "answerer"
CONF_CERTIFICATE: Final = "certificate"
CONF_FOLLOWS_INSTRUCTIONS: Final = "follows_instructions"
CONF_USER_ID: Final = "user_id"
"""The user of Home Assistant whose phone the entry is."""
