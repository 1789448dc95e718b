"""`launchrole.html`: what is text stays text, and what is made is well nested."""

import re

import pytest

from html_pages import Parsed
from launchrole.html import badge, definitions, diff, document, element, joined, link, listing, sentence, source, table

HOSTILE = "</title></style></pre><script>alert('1')</script>&amp;\"\x00\x1b[31m\u202egnp.exe"


def test_text_is_escaped_wherever_it_stands():
    parts = [
        element("p", HOSTILE, id=HOSTILE, class_=None),
        badge(HOSTILE, HOSTILE),
        link(HOSTILE, HOSTILE),
        sentence(f"`{HOSTILE}` {HOSTILE}"),
        definitions([(HOSTILE, HOSTILE), ("left out", "")]),
        listing([HOSTILE] * 13, HOSTILE, HOSTILE),
        table([HOSTILE], [[HOSTILE]], HOSTILE),
        source(HOSTILE),
        diff(f"+{HOSTILE}"),
    ]
    page = document(HOSTILE, parts, HOSTILE)
    parsed = Parsed(page)
    assert "script" not in parsed.tags
    assert parsed.text.count("<script>alert('1')</script>&amp;\"\\x00\\x1b[31m\\u202egnp.exe") == 27
    assert not set(page) & set("\x00\x1b\u202e")
    assert "left out" not in parsed.text


@pytest.mark.parametrize(
    ("url", "beside", "is_link"),
    [
        ("https://example.org/a?b=c&d#e", False, True),
        ("HTTP://example.org", True, True),
        ("v3.html#v4", True, True),
        ("claims.json", False, False),
        ("javascript:alert(1)", True, False),
        ("\x01javascript:alert(1)", True, False),
        ("java\nscript:alert(1)", True, False),
        ("data:text/html,x", False, False),
        ("https://example.org/ onclick=x", False, False),
        ("claims.json\n", True, False),
        (None, True, False),
    ],
)
def test_links_lead_to_the_web_or_to_pages_beside(url, beside, is_link):
    made = link("there", url, beside=beside)
    assert Parsed(made).addresses == ([url] if is_link else [])
    assert "there" in made


def test_lists_that_are_long_open_on_demand_and_very_long_ones_are_not_printed():
    few, many, most = (listing(["a"] * count, "letters") for count in (12, 1200, 200))
    assert "details" not in few
    assert many.startswith('<details class="long"><summary>1,200 letters</summary>')
    assert most.startswith("<details><summary>200 letters</summary>")


def test_lines_of_a_difference_tell_what_they_are():
    made = diff("--- a\n+++ b\n@@ -1 +1 @@\n-old\n+new\n same\r")
    assert made.count('class="meta"') == 3
    assert '<span class="removed">-old</span>\n<span class="added">+new</span>\n<span> same</span>' in made


def test_a_table_without_rows_is_nothing():
    assert table(["Head"], []) == ""


def test_markup_is_taken_as_it_is():
    assert joined(["<", element("b", "&"), element("br")], "|") == "&lt;|<b>&amp;</b>|<br>"


def test_a_page_loads_nothing_and_runs_nothing():
    page = document("title", [], "policies diff")
    assert 'content="default-src &#x27;none&#x27;; style-src &#x27;unsafe-inline&#x27;"' in page
    assert not re.search(r"url\(|@import|https?:", page)
    assert "policies diff</footer>" in page
