"""What can go wrong between a photo with its caption and a mood.

    InferenceError                  carries one sentence for the person who sent the story
    ├── ImageError                  the photo cannot be used
    │   ├── UnreadableImageError    not an image, damaged, cut short, or of an unsupported format
    │   ├── ImageTooLargeError      its header promises more pixels than may be decoded
    │   └── ImageTooSmallError      too few pixels to see anything in
    ├── NoEvidenceError             neither photo nor caption says anything about a mood
    └── ModelError                  a model file is missing, changed, or does not fit its manifest

No face in a photo is a value (an empty tuple), not an error.
"""


class InferenceError(Exception):
    """Base of everything that ``inference`` raises; ``str()`` is fit to be shown to a person."""


class ImageError(InferenceError):
    """The photo cannot be used."""


class UnreadableImageError(ImageError):
    """The bytes are not a complete image of a supported format."""


class ImageTooLargeError(ImageError):
    """The header promises more pixels than may be decoded."""


class ImageTooSmallError(ImageError):
    """The photo has too few pixels to see anything in."""


class NoEvidenceError(InferenceError):
    """Neither the photo nor the caption says anything about a mood."""


class ModelError(InferenceError):
    """A model file is missing, was changed, or does not fit its manifest."""
