"""A wearable made of a Raspberry Pi (Zero 2 W, 4, 5): picamera2, ALSA, GPIO. Runs on Raspberry Pi OS's own Python 3.13."""
