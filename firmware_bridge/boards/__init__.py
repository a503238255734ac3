"""The boards the wearable runs on: drivers and start-up of each, nothing else."""
