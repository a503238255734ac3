"""What runs on a wearable: the link's contract (PROTOCOL.md), the logic, and the boards it runs on."""
