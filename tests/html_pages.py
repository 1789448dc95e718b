"""Pages in HTML: whether they are well nested, and how a browser shows them."""

import html
import json
import os
import re
import shutil
import subprocess
from html.parser import HTMLParser

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")

LIGHT, DARK = "rgb(255, 255, 255)", "rgb(20, 23, 26)"

_VOID = ("meta", "br")

# Contrast as WCAG 2.2 defines it, of every text with the ground that is behind it.
_MEASURE = """
const light = (color) => {
  const [r, g, b] = color.match(/[0-9.]+/g).slice(0, 3).map((one) => {
    const part = one / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const ground = (element) => {
  const own = getComputedStyle(element).backgroundColor;
  return own === "rgba(0, 0, 0, 0)" ? ground(element.parentElement) : own;
};
function measure(frame) {
  const inner = frame.contentDocument;
  const contrasts = [...inner.body.querySelectorAll("*")].filter((one) =>
    [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim())
  ).map((one) => {
    const [low, high] = [light(getComputedStyle(one).color), light(ground(one))].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  });
  document.title = JSON.stringify({
    widest: inner.documentElement.scrollWidth,
    width: inner.documentElement.clientWidth,
    ground: getComputedStyle(inner.body).backgroundColor,
    contrast: Math.min(...contrasts),
    text: inner.body.innerText,
  });
}
"""


class Parsed(HTMLParser):
    """A page, read: its tags, addresses and ids, and its text. Fails where an end tag closes something else."""

    def __init__(self, page):
        super().__init__()
        self.open, self.addresses, self.tags, self.ids, self.text = [], [], [], [], ""
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.addresses += [value for name, value in attributes if name in ("href", "src")]
        self.ids += [value for name, value in attributes if name == "id"]
        assert not [name for name, _ in attributes if name.startswith("on") or name == "style"]
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.text += data


def in_a_browser(page, folder, width, *, dark=False):
    """What Chromium makes of a page in a frame of some width: the page's own width, its ground, the least contrast of a
    text with what is behind it, and the text that is to be seen."""
    frame = f'<iframe width="{width}" style="border:0" onload="measure(this)" srcdoc="{html.escape(page)}"></iframe>'
    outer = folder / "outer.html"
    outer.write_text(
        f'<!doctype html><meta charset="utf-8"><meta name="color-scheme" content="light dark"><title></title>'
        f"<script>{_MEASURE}</script>{frame}",
        encoding="utf-8",
    )
    command = [
        CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--window-size=1400,1000",
        f"--blink-settings=preferredColorScheme={0 if dark else 1}", "--dump-dom",
        f"--user-data-dir={folder / 'profile'}", f"file://{outer}",
    ]  # fmt: skip
    ran = subprocess.run(
        command, capture_output=True, text=True, timeout=120, check=False, env={**os.environ, "HOME": str(folder)}
    )
    told = re.search(r"<title>(\{.*?\})</title>", ran.stdout, re.DOTALL)
    assert told is not None, ran.stderr[-500:]
    return json.loads(html.unescape(told[1]))
