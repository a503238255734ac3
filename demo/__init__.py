"""The whole path on one machine: the local Live server, a real Home Assistant, and the wearable on a desk."""
