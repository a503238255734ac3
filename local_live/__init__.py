"""A server of the Gemini Live protocol for this network: a shelf reader, ears and a voice behind one WebSocket."""
