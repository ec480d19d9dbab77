"""From readings to a mood, and from a mood to a music target: what is fitted on ratings."""
