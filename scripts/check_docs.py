#!/usr/bin/env python3
"""Checks the documents: links lead somewhere, and every command and option of the program is described.

usage: check_docs.py PROBE        PROBE: the built program
"""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDERS = [ROOT / name for name in [".", "docs", "docs/decisions", "Probes/corpora", "Benchmarks/peers"]]


def anchors(page):
    """Fragments of a page's headings, as code hosts make them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken_links(page):
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in target:
            continue
        path, _, fragment = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists():
            yield f"{page.relative_to(ROOT)}: {target} leads nowhere"
        elif fragment and file.suffix == ".md" and fragment not in anchors(file):
            yield f"{page.relative_to(ROOT)}: {target}: no such heading"


def undescribed(probe):
    text = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")

    def help_of(*command):
        return subprocess.run([probe, *command, "--help"], check=True, capture_output=True, text=True).stdout

    def commands(*group):
        """The commands of a group, and of the groups inside it."""
        names = re.findall(r"^  (\w+)(?:  |$)", help_of(*group).partition("SUBCOMMANDS:")[2], re.MULTILINE)
        for name in names:
            if name != "help":
                inner = list(commands(*group, name))
                yield from inner or [(*group, name)]

    found = list(commands())
    if len(found) < 2:
        yield f"{probe} --help lists no commands"
    for command in found:
        name = " ".join(command)
        section = text.partition(f"## `probe {name}")[2].partition("\n## ")[0]
        if not section:
            yield f"docs/command-line.md: probe {name} is missing"
        for option in re.findall(r"^  (?:-\w, )?(--[\w-]+)", help_of(*command), re.MULTILINE):
            if option not in ("--help", "--version") and option not in section:
                yield f"docs/command-line.md: probe {name} {option} is missing"


def main():
    pages = sorted(page for folder in FOLDERS for page in folder.glob("*.md"))
    problems = [problem for page in pages for problem in broken_links(page)] + list(undescribed(sys.argv[1]))
    print("\n".join(problems) or f"{len(pages)} pages are in order", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
