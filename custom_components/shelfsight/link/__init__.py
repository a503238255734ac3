"""The link: the wire between a wearable and Home Assistant (firmware_bridge/PROTOCOL.md, version 1)."""
