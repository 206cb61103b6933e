"""Progress: how far a follower has copied the journal, in a file that is always whole."""

import json
import os
from pathlib import Path


def read_position(path: Path, target: str) -> int:
    """The position up to which `target` has everything; 0 for another target than last time, or a damaged file."""
    try:
        kept = json.loads(path.read_bytes())
        return int(kept["position"]) if kept["target"] == target else 0
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return 0


def write_position(path: Path, target: str, position: int) -> None:
    """Keep the position, on disk when this returns."""
    fresh = path.with_suffix(".new")
    with fresh.open("w") as file:
        json.dump({"target": target, "position": position}, file)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
