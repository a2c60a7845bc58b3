"""Installing, updating and removing the app."""
