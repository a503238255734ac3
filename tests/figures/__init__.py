"""What the integration costs a real Home Assistant: at the start, while nobody asks, and in the database."""
