"""Sound: PCM in, PCM out, when speech ends, how fast an answer may go. Imports nothing of Home Assistant."""
