"""The static site: every page, every link, nothing from elsewhere."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest
from checking import CHECKOUT


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("site")
    runpy.run_path(str(CHECKOUT / "docs" / "website.py"))["build"](target)
    return target


def test_every_page_is_there(site: Path) -> None:
    pages = [page.relative_to(CHECKOUT) for page in CHECKOUT.glob("docs/**/*.md")]
    names = [page.with_name("index.html") if page.name == "README.md" else page.with_suffix(".html") for page in pages]
    assert [name for name in names if not (site / name).is_file()] == []


def test_links_lead_somewhere_on_the_site(site: Path) -> None:
    texts = {page: page.read_text(encoding="utf-8") for page in site.rglob("*.html")}
    names = {page: set(re.findall(r' id="([^"]+)"', text)) for page, text in texts.items()}
    lost = []
    for page, text in texts.items():
        for link, anchor in re.findall(r'href="([^"#]*)(?:#([^"]*))?"', text):
            if "://" in link:
                continue
            there = (page.parent / link).resolve() if link else page
            if not there.is_file() or (anchor and anchor not in names[there]):
                lost.append(f"{page.relative_to(site)}: {link}#{anchor}")
    assert lost == []


def test_nothing_is_fetched(site: Path) -> None:
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert not re.search(r"<script|<img|<iframe|@import|url\(", text), page
        assert re.findall(r'<link [^>]*href="([^"]*)"', text) == [
            "../" * (len(page.relative_to(site).parts) - 1) + "style.css"
        ]
