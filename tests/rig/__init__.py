"""The whole path for measuring: a real Home Assistant, a Live server and wearables in this process, on one clock."""
