"""The whole path as real processes: hass, the local Live server, the wearable on a desk."""
