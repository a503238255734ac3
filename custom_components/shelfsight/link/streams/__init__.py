"""Plain streams: a wearable without Shelfsight's software, over HTTP (ffmpeg, curl, GStreamer, whatever speaks it)."""
