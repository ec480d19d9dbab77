"""``python -m inference photo.jpg --caption "finally home"``: the mood of one story, as JSON."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from inference.analyzer import Analyzer
from inference.errors import InferenceError
from inference.target import music_target


def main(arguments: list[str] | None = None) -> int:
    """Prints mood and music target; 0 if there is one, else 1 and a sentence on stderr."""
    parser = argparse.ArgumentParser(prog="python -m inference", description=__doc__)
    parser.add_argument("photo", nargs="?", type=Path, help="an image file; none for words alone")
    parser.add_argument("--caption", default="")
    options = parser.parse_args(arguments)
    try:
        photo = options.photo.read_bytes() if options.photo else None
        analyzer = Analyzer()
        try:
            analysis = analyzer.analyze(photo, options.caption)
        finally:
            analyzer.close()
    except OSError as error:
        print(f"The photo {options.photo} cannot be read ({error.strerror}).", file=sys.stderr)
        return 1
    except InferenceError as error:
        print(error, file=sys.stderr)
        return 1
    found = {"mood": asdict(analysis.mood), "target": asdict(music_target(analysis.mood))}
    print(json.dumps({**found, "elapsed_ms": analysis.elapsed_ms}, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
