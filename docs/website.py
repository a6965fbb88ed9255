"""Makes a static site of the documentation: `make site`, then open `site/index.html`. Nothing in it is fetched."""

from __future__ import annotations

import html
import re
import shutil
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from markdown_it import MarkdownIt

PROJECT = Path(__file__).resolve().parents[1]
_PAGES = (
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "docs/**/*.md",
    "fixtures/*.md",
    "benchmarks/*.md",
)
_NAVIGATION = {
    "README.md": "crslint",
    "docs/invariants.md": "Invariants",
    "docs/rules/README.md": "Rules",
    "docs/configuration.md": "Configuration",
    "docs/suppressions.md": "Suppressions",
    "docs/integrations.md": "Integrations",
    "docs/formats.md": "Formats",
    "docs/adding-a-rule.md": "Adding a rule",
    "docs/facts.md": "Facts",
    "docs/README.md": "All pages",
}
_LINK = re.compile(r'href="([^"#:]+)(#[^"]*)?"')
_HEADING = re.compile(r"<h([1-6])>(.*?)</h\1>")
_TAG = re.compile(r"<[^>]+>")
_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="stylesheet" href="{root}style.css">
</head>
<body>
<nav>{navigation}</nav>
<main>
{body}</main>
</body>
</html>
"""
_STYLE = """\
:root { color-scheme: light dark; --line: #8884; --ground: #8881; --accent: light-dark(#0b57d0, #8ab4f8); }
* { box-sizing: border-box; }
body { margin: 0; font: 16px/1.55 system-ui, "DejaVu Sans", sans-serif; }
nav { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; padding: .7rem 1.5rem; border-bottom: 1px solid var(--line); }
nav a { text-decoration: none; }
nav a[aria-current] { font-weight: 700; color: inherit; }
main { max-width: 62rem; margin: 0 auto; padding: 1rem 1.5rem 4rem; }
a { color: var(--accent); }
h1, h2, h3 { line-height: 1.25; }
h2 { margin-top: 2.2rem; padding-bottom: .2rem; border-bottom: 1px solid var(--line); }
pre, code { font: .86rem/1.45 ui-monospace, "DejaVu Sans Mono", monospace; }
pre, code { background: var(--ground); border-radius: 4px; }
code { padding: .1em .3em; overflow-wrap: anywhere; }
pre { padding: .8rem 1rem; overflow-x: auto; }
pre code { padding: 0; background: none; overflow-wrap: normal; }
table { display: block; overflow-x: auto; border-collapse: collapse; }
th, td { padding: .35rem .7rem; border: 1px solid var(--line); text-align: left; vertical-align: top; }
.added { color: light-dark(#116329, #7ee787); }
.removed { color: light-dark(#a40e26, #ffa198); }
"""


def build(target: Path) -> None:
    """Pages keep their places; what they link to is copied."""
    reader = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    for page in sorted({page for pattern in _PAGES for page in PROJECT.glob(pattern)}):
        path = page.relative_to(PROJECT)
        body = _coloured(_anchored(reader.render(page.read_text(encoding="utf-8"))))
        body = _LINK.sub(partial(_followed, page, target), body)
        title = _TAG.sub("", found[2]) if (found := _HEADING.search(body)) else path.stem
        root = "../" * (len(path.parts) - 1)
        text = _PAGE.format(title=title, root=root, navigation=_navigation(path.as_posix(), root), body=body)
        made = target / _site_name(path)
        made.parent.mkdir(parents=True, exist_ok=True)
        made.write_text(text, encoding="utf-8", newline="\n")
    (target / "style.css").write_text(_STYLE, encoding="utf-8", newline="\n")


def _site_name(path: Path) -> Path:
    return path.with_name("index.html") if path.name == "README.md" else path.with_suffix(".html")


def _navigation(current: str, root: str) -> str:
    def entries() -> Iterator[str]:
        for page, name in _NAVIGATION.items():
            here = ' aria-current="page"' if page == current else ""
            yield f'<a href="{root}{_site_name(Path(page)).as_posix()}"{here}>{name}</a>'

    return "\n".join(entries())


def _followed(page: Path, target: Path, found: re.Match[str]) -> str:
    """Where a link leads on the site; what is no page is copied."""
    link, anchor = found[1], found[2] or ""
    there = (page.parent / html.unescape(link)).resolve()
    if there.suffix == ".md":
        link = (Path(link).parent / _site_name(there).name).as_posix()
    elif there.is_dir():
        link = f"{link.rstrip('/')}/index.html"
    else:
        copy = target / there.relative_to(PROJECT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(there, copy)
    return f'href="{link}{anchor}"'


def _anchored(body: str) -> str:
    """Headings with the names that links use."""

    def anchor(heading: re.Match[str]) -> str:
        words = re.sub(r"[^\w\- ]", "", html.unescape(_TAG.sub("", heading[2])).lower())
        return f'<h{heading[1]} id="{words.replace(" ", "-")}">{heading[2]}</h{heading[1]}>'

    return _HEADING.sub(anchor, body)


def _coloured(body: str) -> str:
    """Differences with what comes and what goes in colour."""

    def lines(block: re.Match[str]) -> str:
        marked = re.sub(r"^\+.*$", r'<span class="added">\g<0></span>', block[2], flags=re.MULTILINE)
        return block[1] + re.sub(r"^-.*$", r'<span class="removed">\g<0></span>', marked, flags=re.MULTILINE)

    return re.sub(r'(<code class="language-diff">)((?s:.*?))(?=</code>)', lines, body)


if __name__ == "__main__":
    build(Path(sys.argv[1]) if len(sys.argv) > 1 else PROJECT / "site")
