"""Diagnoses every program of the gallery, and counts what is named rightly."""

import argparse
import json
import time
from pathlib import Path

from glassprop import diagnose_file

HERE = Path(__file__).parent


def lines_of(expected):
    """The fair lines of a mistake."""
    lines = [expected["line"], *expected.get("lines_ok", [])]
    return {line[1] if isinstance(line, list) else line for line in lines}


def main():
    """Print a line for each program that is not named exactly, and the counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="*", default=["right", "faulty"])
    parser.add_argument("--seconds", type=float, default=8.0, help="for a repair")
    asked = parser.parse_args()
    for name in asked.folder:
        folder = HERE / name
        expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
        counts = dict.fromkeys(("programs", "verdict", "first wrong", "line", "proved"), 0)
        seconds = []
        for file, one in expected.items():
            start = time.perf_counter()
            found = diagnose_file(folder / file, seconds=asked.seconds)
            seconds.append(time.perf_counter() - start)
            fair = [one.get("first_wrong", ""), *one.get("also", [])]
            counts["programs"] += 1
            counts["verdict"] += found.verdict == one["verdict"]
            if one["verdict"] == "wrong":
                named = found.verdict == "wrong" and found.first_wrong in fair
                counts["first wrong"] += named
                counts["line"] += found.line in lines_of(one)
                counts["proved"] += found.proved
                if not named:
                    print(f"{file}: {found.verdict} {found.first_wrong}; expected {fair}")
            elif found.verdict != one["verdict"]:
                print(f"{file}: {found.verdict} {found.first_wrong} {found.words}")
        seconds.sort()
        counted = ", ".join(f"{key} {value}" for key, value in counts.items())
        print(f"{name}: {counted}; median {seconds[len(seconds) // 2]:.1f} s")


if __name__ == "__main__":
    main()
