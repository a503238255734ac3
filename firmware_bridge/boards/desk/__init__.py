"""A wearable made of this computer: files, webcam and sound card for camera, microphone and speaker; lines for a button."""
