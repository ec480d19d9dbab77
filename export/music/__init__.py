"""The built-in track table, and how well tracks are ranked."""
