"""Other versions than the everyday run's: the newest Home Assistant, the newest SDK, beside core's own Google integration."""
