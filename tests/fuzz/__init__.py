"""Home Assistant under attack: a real process, real sockets, a million messages, ten thousand silent callers."""
