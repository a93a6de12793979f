"""The pages of docs/theorems, written from the claims whenever the docs are built: an index, and a page per claim.

Everything on them comes from ``spikemath.theorems.all()``, and the verdicts from running the checks: a sharp example
that does not hold, or a counterexample that does not fail, stops the build.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

FAMILIES = {
    "Q": "Quantization",
    "P": "Perturbation",
    "S": "Maximum sparsity",
    "D": "Send-on-delta",
    "N": "Norms",
    "L": "Laws",
}
FAMILY_TESTS = {"Q": "quantization", "P": "perturbation", "S": "sparsity", "D": "send_on", "N": "norm", "L": "law"}
STATUS = {
    "published": "Published.",
    "sharpened": "Published; here in a stronger or more careful form.",
    "new": "Stated here, with no claim to be first.",
    "refuted": "**Refuted**: false as it stands.",
}
SHOWN = 12  # numbers of an instance that are written out
_SPECIAL = re.compile(r"([\\`*_\[\]<>$#|~{}])")
_PAPER = re.compile(r"(?<![\w/.])(\d{4}\.\d{5})(?!\d)")


Draw = Callable[[Any, Any, Path], bool]  # of a claim, one of its examples, and a place: whether there is a picture


def write_pages(folder: Path, claims: Iterable[Any], tests: Path, draw: Draw | None = None) -> list[str]:
    """Write the pages into a folder that holds nothing else; return the names of the files."""
    claims = list(claims)
    texts = {"index.md": index(claims)}
    for claim in claims:
        drawn = figure(folder, claim, draw) if draw is not None else ""
        texts[f"{slug(claim)}.md"] = page(claim, tests, drawn)
    assert len(texts) == len(claims) + 1, "two claims with one file name"
    write_folder(folder, texts)
    return list(texts)


def write_folder(folder: Path, texts: Mapping[str, str]) -> None:
    """Make a folder hold just these pages; a page is written only where its text differs."""
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.md"):
        if old.name not in texts:
            old.unlink()
    for name, text in texts.items():
        place = folder / name
        if not place.exists() or place.read_text(encoding="utf-8") != text:
            place.write_text(text, encoding="utf-8")


def slug(claim: Any) -> str:
    """The name of a claim's page."""
    return str(claim.name).lower()


def plain(text: str) -> str:
    """Text in which no character is markup."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def cited(source: str) -> str:
    """A source, with the papers as links."""
    return _PAPER.sub(r"[\1](https://arxiv.org/abs/\1)", plain(source))


def family(claim: Any) -> str:
    """The heading a claim stands under."""
    return FAMILIES.get(re.match(r"[A-Z]*", claim.name)[0], "Others")  # type: ignore[index]


def index(claims: list[Any]) -> str:
    """The table of all claims."""
    counts = ", ".join(f"{sum(c.status == s for c in claims)} {s}" for s in STATUS)
    out = [
        "# The claims, one by one\n",
        f"{len(claims)} statements, each with its hypotheses and a check that decides it: {counts}. The pages are made "
        "from `spikemath.theorems`, and every example on them is checked when they are made. `spikemath verify` checks "
        "the statements on random data too. [What the papers say](../what-the-papers-say.md) compares.\n",
    ]
    for name in dict.fromkeys(map(family, claims)):
        out.append(f"## {name}\n\n| claim | statement | status |\n|---|---|---|")
        rows = [claim for claim in claims if family(claim) == name]
        out += [f"| [{c.name}]({slug(c)}.md) | {plain(c.title)} | {c.status} |" for c in rows]
        out.append("")
    listing = "\n".join(f"{slug(claim)}" for claim in claims)
    out.append(f"```{{toctree}}\n:hidden:\n:maxdepth: 1\n\n{listing}\n```\n")
    return "\n".join(out)


def figure(folder: Path, claim: Any, draw: Draw) -> str:
    """The picture of a claim's first example, as markup; "" if there is nothing to draw."""
    place = folder / "figures" / f"{slug(claim)}.svg"
    place.parent.mkdir(parents=True, exist_ok=True)
    shown = next(iter((*claim.counterexamples, *claim.sharp)), None)
    if shown is None or not draw(claim, shown, place):
        return ""
    caption = f"{plain(shown.text[:1].upper() + shown.text[1:])}: running integrals above, what the spikes leave below."
    return f"```{{figure}} figures/{place.name}\n:width: 80%\n\n{caption}\n```\n"


def page(claim: Any, tests: Path, drawn: str = "") -> str:
    """The page of one claim."""
    out = [
        f"# {claim.name}. {plain(claim.title)}\n",
        f"*{STATUS[claim.status].replace('**', '')}* Source: {cited(claim.source)}.\n",
        f"{plain(claim.statement)}\n",
        "Where nothing else is said, the refractory time is 0 and the neuron is bipolar.\n",
    ]
    if claim.latex.strip():
        out.append(f"$$\n{claim.latex.strip()}\n$$\n")
    if drawn:
        out.append(drawn)
    supposed = [f"- {plain(h.text)}" for h in claim.hypotheses] or ["None beyond the types of the arguments."]
    out.append("## Hypotheses\n\n" + "\n".join(supposed) + "\n")
    if claim.counterexamples:
        out.append("## Counterexamples\n")
        out += [example(claim, e, "fails") for e in claim.counterexamples]
    if claim.sharp:
        out.append("## Where it is sharp\n")
        out += [example(claim, e, "holds") for e in claim.sharp]
    out.append(own_data(claim))
    source = claim.judge.__module__.replace(".", "/") + ".py"
    places = [f"- `{place}`" for place in tested(claim, tests)] + [f"- `{source}`: the claim, its data and its check"]
    out.append("## Where it is tested\n\n" + "\n".join(places) + "\n")
    return "\n".join(out)


def example(claim: Any, shown: Any, wanted: str) -> str:
    """A memorable instance, with what the check says."""
    from spikemath.cli._show import named

    verdict = claim.check(*shown.instance)
    if (wanted == "fails") != (verdict.verdict == "fails"):
        raise AssertionError(f"{claim.name}: {shown.text}: the check says {verdict.verdict!r}")
    lines = named(claim.parameters, shown.instance, SHOWN)
    said = f"{verdict.verdict}: left = {verdict.left!r}, right = {verdict.right!r}"
    note = f" {plain(verdict.note)}" if verdict.note else ""
    text = plain(shown.text[:1].upper() + shown.text[1:])
    return f"{text}.{note}\n\n```text\n{lines}\n\n{said}\n```\n"


def own_data(claim: Any) -> str:
    """How to check a claim on data of one's own."""
    arguments = ", ".join(claim.parameters)
    what = " ".join((claim.judge.__doc__ or "").split())
    compared = f"The check decides: `{what.rstrip('.')}`.\n\n" if what and "`" not in what else ""
    code = f'verdict = sm.theorems.get("{claim.name}").check({arguments})'
    return (
        f"## Check it on your data\n\n```python\nimport spikemath as sm\n\n{code}\n"
        "verdict.verdict, verdict.left, verdict.right, verdict.witness\n```\n\n"
        f"{compared}On random data, aimed at ties, from the command line:\n\n"
        f"```text\nspikemath verify {claim.name} --examples 1000\n```\n"
    )


def tested(claim: Any, tests: Path) -> list[str]:
    """The test files of all claims, of its family, and those that name it."""
    name = re.compile(rf"""["']{re.escape(claim.name)}["']""")
    word = FAMILY_TESTS.get(re.match(r"[A-Z]*", claim.name)[0], "in_general")  # type: ignore[index]
    found = []
    for path in sorted((tests / "theorems").glob("test_*.py")):
        ours = word in path.stem or "in_general" in path.stem
        if ours or name.search(path.read_text(encoding="utf-8")):
            found.append(path.relative_to(tests.parent).as_posix())
    return found
