"""Sight: what comes from a camera, checked, measured and chosen. Imports nothing of Home Assistant."""
