"""Every claim has a page in the docs, made from the claim; and the hand-written pages name only claims that exist."""

from __future__ import annotations

import importlib.util
import re
from dataclasses import replace
from pathlib import Path

import pytest

from spikemath import theorems
from spikemath.signals import SpikeTrain

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"


def extension(name):
    spec = importlib.util.spec_from_file_location(name, DOCS / "_ext" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def pages():
    return extension("theorem_index")


def test_every_claim_has_a_page_that_says_all_of_it(pages, monkeypatch, tmp_path):
    monkeypatch.setattr(pages, "example", lambda claim, e, wanted: f"{e.text}: {wanted}\n")  # checked below
    (tmp_path / "gone.md").write_text("of a claim that is no more")
    names = pages.write_pages(tmp_path, theorems.all(), ROOT / "tests")
    assert {path.name for path in tmp_path.iterdir()} == set(names)
    index = (tmp_path / "index.md").read_text()
    listed = index[index.index("toctree") :].split()
    for claim in theorems.all():
        text = (tmp_path / f"{claim.name.lower()}.md").read_text()
        assert text.startswith(f"# {claim.name}. {pages.plain(claim.title)}\n")
        assert pages.plain(claim.statement) in text
        assert claim.latex.strip() in text
        assert f'sm.theorems.get("{claim.name}").check({", ".join(claim.parameters)})' in text
        assert f"spikemath verify {claim.name} " in text
        for hypothesis in claim.hypotheses:
            assert pages.plain(hypothesis.text) in text
        for paper in re.findall(r"\d{4}\.\d{5}", claim.source):
            assert f"https://arxiv.org/abs/{paper}" in text
        for counterexample in claim.counterexamples:
            assert f"{counterexample.text}: fails" in text
        for sharp in claim.sharp:
            assert f"{sharp.text}: holds" in text
        source = re.search(r"`(spikemath/theorems/\w+\.py)", text)[1]
        assert (ROOT / source).is_file()
        tests = re.findall(r"- `(tests/\S+)`", text)
        assert len(tests) >= 2, f"{claim.name}: no tests of its family, or none of all claims"
        assert all((ROOT / test).is_file() for test in tests)
        assert f"[{claim.name}]({claim.name.lower()}.md) | {pages.plain(claim.title)} | {claim.status} |" in index
        assert claim.name.lower() in listed
    before = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    pages.write_pages(tmp_path, theorems.all(), ROOT / "tests")
    assert {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before  # nothing new, nothing written


def test_latex_is_whole():
    for claim in theorems.all():
        bare = re.sub(r"\\[{}]", "", claim.latex)
        assert bare.count("{") == bare.count("}"), claim.name
        assert len(re.findall(r"\\left(?![a-z])", bare)) == len(re.findall(r"\\right(?![a-z])", bare)), claim.name
        assert "$" not in claim.latex, claim.name


def test_an_example_is_written_out_with_what_the_check_says(pages):
    q1 = theorems.get("Q1")
    text = pages.example(q1, theorems.Example("a pulse [of 1_2]", (SpikeTrain([0.0], [0.5]), 1.0, 0.25)), "holds")
    assert text == (
        "A pulse \\[of 1\\_2\\].\n\n```text\neta = SpikeTrain([0.0], [0.5])\nthreshold = 1.0\nalpha = 0.25\n\n"
        "holds: left = 0.5, right = 1.0\n```\n"
    )


def test_an_example_that_is_none_stops_the_build(pages):
    q1 = theorems.get("Q1")
    shown = theorems.Example("a pulse", (SpikeTrain([0.0], [0.5]), 1.0, 0.25))
    with pytest.raises(AssertionError, match="Q1: a pulse: the check says 'holds'"):
        pages.example(q1, shown, "fails")
    false = replace(q1, judge=lambda eta, threshold, alpha: theorems.Verdict("fails"))
    with pytest.raises(AssertionError, match="the check says 'fails'"):
        pages.example(false, shown, "holds")


@pytest.mark.parametrize("name", ["Q2", "S2", "P1", "D2", "N4", "Q6-rate"])
def test_the_picture_of_a_claim_stands_on_its_page(pages, tmp_path, name):
    """A page with a picture names a file that is there, and is the picture of the claim's first example."""
    claim = theorems.get(name)
    drawn = pages.figure(tmp_path, claim, extension("theorem_figures").write)
    assert drawn.startswith(f"```{{figure}} figures/{name.lower()}.svg\n")  # fences of colons are not enabled
    assert (tmp_path / "figures" / f"{name.lower()}.svg").read_bytes().startswith(b"<?xml")
    assert drawn in pages.page(claim, ROOT / "tests", drawn)


def test_a_claim_about_numbers_has_no_picture(pages, tmp_path):
    assert pages.figure(tmp_path, theorems.get("P5"), extension("theorem_figures").write) == ""


def test_two_claims_never_share_a_page(pages, monkeypatch, tmp_path):
    q1 = replace(theorems.get("Q1"), sharp=())
    with pytest.raises(AssertionError, match="two claims"):
        pages.write_pages(tmp_path, [q1, replace(q1, name="q1")], ROOT / "tests")


@pytest.mark.parametrize(
    ("text", "shown"),
    [("|F| <= a_i [x] $ 2*3", "\\|F\\| \\<= a\\_i \\[x\\] \\$ 2\\*3"), ("two\n  lines", "two lines"), ("", "")],
)
def test_text_is_not_markup(pages, text, shown):
    assert pages.plain(text) == shown


def test_what_the_papers_say_names_claims_that_exist():
    text = (DOCS / "what-the-papers-say.md").read_text(encoding="utf-8")
    named = set(re.findall(r"\(theorems/([\w-]+)\.md\)", text)) - {"index"}
    known = {claim.name.lower(): claim for claim in theorems.all()}
    assert named <= set(known), f"no such claims: {sorted(named - set(known))}"
    for label, page in re.findall(r"\[([A-Z]+\d+[\w-]*)\]\(theorems/([\w-]+)\.md\)", text):
        assert label.lower() == page
    from_papers = {n for n, c in known.items() if c.source.startswith("arXiv") and c.status in ("sharpened", "refuted")}
    assert from_papers <= named, f"not on the page: {sorted(from_papers - named)}"
