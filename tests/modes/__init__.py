"""The modes, with real processes: what a person who uses one hears, and what goes up to whoever answers."""
