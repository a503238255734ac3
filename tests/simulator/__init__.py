"""A small world in one process: the real integration, wearable, SDK and Live server on a network and a clock of memory."""
