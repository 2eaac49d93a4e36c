"""What Chromium makes of the pages, where it is installed."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html import escape, unescape

import pytest

from glassprop.show.writers.html import HtmlDocument
from show.test_html import network, page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync "
    "--virtual-time-budget=4000 --dump-dom"
)
MEASURE = """
<script>
addEventListener("load", () => {
  const told = [...document.querySelectorAll("iframe")].map((frame) => {
    const [page, view] = [frame.contentDocument, frame.contentWindow];
    const root = page.documentElement;
    const clipped = [...page.querySelectorAll(".formula")].filter(
      (block) => block.scrollHeight > block.clientHeight + 1);
    const step = page.getElementById("step-delta1");
    const point = (place) => place.dispatchEvent(
      new view.PointerEvent("pointerover", {bubbles: true, pointerType: "mouse"}));
    const marked = (kind) => [...page.querySelectorAll("." + kind)].map(
      (place) => [place.tagName.toLowerCase(), place.getAttribute("data-q")]);
    let lit = [], here = [], back = [];
    if (step) {
      point(step.querySelector('.formula [data-q="W2"]'));
      [lit, here] = [marked("lit"), marked("here")];
      point([...page.querySelectorAll("main .line")].find((l) => l.dataset.q === "delta1"));
      back = marked("here");
    }
    const math = page.querySelector(".formula math").getBoundingClientRect();
    return {width: view.innerWidth, scroll: root.scrollWidth, clipped: clipped.length,
      lit, here, back, math: math.height};
  });
  document.body.textContent = JSON.stringify(told);
});
</script>
"""


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """What Chromium says of pages of several widths."""
    folder = tmp_path_factory.mktemp("browser")
    wide = HtmlDocument(*network([4, 5, 3])).text()
    pages = [wide, page("attention"), page("convolution"), page("arithmetic")]
    frames = "".join(
        f'<iframe style="width:{width}px;height:800px;border:0" srcdoc="{escape(text)}"></iframe>'
        for text in pages
        for width in (1280, 390, 320)
    )
    target = folder / "frames.html"
    target.write_text(f"<!DOCTYPE html><body>{frames}{MEASURE}</body>", encoding="utf-8")
    command = [str(CHROMIUM), *FLAGS.split(), f"--user-data-dir={folder / 'user'}", target.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    found = re.search(r"<body>(\[.*\])</body>", done.stdout, re.DOTALL)
    if found is None:
        pytest.skip(f"Chromium gave no page: {done.stderr[-300:]}")
    return json.loads(unescape(found[1]))


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium")
def test_a_browser_shows_every_page_without_overflow(measured):
    for told in measured:
        assert told["scroll"] <= told["width"], told
        assert told["clipped"] == 0
        assert told["math"] > 10


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium")
def test_pointing_lights_up_what_belongs_together(measured):
    told = measured[0]
    assert {name for _, name in told["lit"]} == {"W2"}
    assert {tag for tag, _ in told["lit"]} >= {"mrow", "span"}
    assert {name for _, name in told["here"]} == {"delta1"}
    assert {tag for tag, _ in told["here"]} >= {"article", "mrow", "span"}
    assert {name for _, name in told["back"]} == {"delta1"}
    assert "article" in {tag for tag, _ in told["back"]}
