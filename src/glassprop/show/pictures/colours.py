"""The colours of pictures, for light and dark, and the dashes that tell paths apart without them.

The six of the paths are those of Okabe & Ito (Color Universal Design, 2008), darker on white and
lighter on black until each stands out by 4.5 : 1.
"""

from __future__ import annotations

LIGHT = {
    "paper": "#ffffff",
    "ink": "#1c2026",
    "soft": "#59616d",
    "line": "#8a93a0",
    "faint": "#c9cfd8",
    "box": "#f4f6f9",
    "given": "#e8eef7",
    "back": "#fbeee2",
    "forward": "#4a5a70",
    "backward": "#b34a00",
    "path1": "#0068a8",
    "path2": "#c04e00",
    "path3": "#007a55",
    "path4": "#a83d82",
    "path5": "#806000",
    "path6": "#5b4fc4",
}
DARK = {
    "paper": "#15181d",
    "ink": "#e9ecf1",
    "soft": "#a4adba",
    "line": "#7d8794",
    "faint": "#3d444e",
    "box": "#20252c",
    "given": "#202d40",
    "back": "#3a2a1c",
    "forward": "#a9b8cc",
    "backward": "#ff9d57",
    "path1": "#5bb8f0",
    "path2": "#ff8f4d",
    "path3": "#35cf9f",
    "path4": "#f09ccf",
    "path5": "#e8c33c",
    "path6": "#b5acff",
}
DASHES = ("", "9 4", "2.5 3.5", "12 3 2.5 3", "5 2.5", "2.5 2.5 2.5 6")
MOST_DRAWN = len(DASHES)

_VARIABLES = ";".join(f"--{name}:var(--gp-{name},{value})" for name, value in LIGHT.items())
_DARK = ";".join(f"--{name}:var(--gp-{name},{value})" for name, value in DARK.items())
_USES = "".join(
    f".gp-picture .f-{name}{{fill:var(--{name})}}.gp-picture .s-{name}{{stroke:var(--{name})}}"
    for name in LIGHT
)
STYLE = (
    f"@supports (color:var(--a)){{.gp-picture{{{_VARIABLES}}}{_USES}}}"
    f"@media (prefers-color-scheme:dark){{.gp-picture{{{_DARK}}}"
    ".gp-picture:root{color-scheme:dark}}"
)
"""Colours by variables where they are known; elsewhere the attributes of each element stand.

A page around the picture can set its own: `--gp-paper`, `--gp-ink`, `--gp-path1` and so on.
"""
