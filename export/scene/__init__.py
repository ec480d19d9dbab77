"""What a scene looks like: EfficientNet-Lite0 with a head fitted on rated photos."""
