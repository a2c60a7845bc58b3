"""The Workflows we ship, one JSON each."""
