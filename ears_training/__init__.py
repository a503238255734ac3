"""Trains the network of the local Live server's ears (`local_live/reading/hear_neural.py`) on computer voices in noise."""
