"""The inside of the server: reads shelves, understands questions, answers them in words."""
