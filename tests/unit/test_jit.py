"""`compiled`: what it compiles, when it imports numba, and above all that its disk cache is never wrong.

The tests run on a toy package that holds copies of jit.py and jit_cache.py, each step in a fresh interpreter,
so that sources can be edited and caches damaged without touching anything real.
"""

from __future__ import annotations

import os
import re
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import pytest

NUMERIC = Path(__file__).resolve().parents[2] / "spikemath" / "_numeric"

INNER = """
from ._numeric.jit import compiled
FACTOR = 10.0
def _scaled(a):
    return FACTOR * a
scaled = compiled(_scaled)
"""
OUTER = """
from ._numeric.jit import compiled
from .inner import scaled
def _total(x):
    '''Sum of the scaled elements.'''
    total = 0.0
    for i in range(x.size):
        total += scaled(x[i])
    return total
total = compiled(_total)
def _halve(n):
    return 1 / n
halve = compiled(_halve)
"""
START = """
import sys, numpy as np
from toy.outer import total, halve
from toy._numeric.jit import compiled
def hits(kernel):
    return sum(kernel.dispatcher.stats.cache_hits.values())
x = np.array([1.0, 2.0])
"""
TOTAL = START + "print(total(x), hits(total))"


class Toy:
    """A package `toy` with kernels in two files, and a cache folder beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.package = folder / "toy"
        self.cache = folder / "cache"
        numeric = self.package / "_numeric"
        numeric.mkdir(parents=True)
        for name in ("jit.py", "jit_cache.py"):
            (numeric / name).write_bytes((NUMERIC / name).read_bytes())
        sources = {"__init__.py": "", "_numeric/__init__.py": "", "inner.py": INNER, "outer.py": OUTER}
        for name, source in sources.items():
            (self.package / name).write_text(source)
        self.env = {name: value for name, value in os.environ.items() if "JIT" not in name}
        self.env |= {"PYTHONPATH": str(folder), "SPIKEMATH_CACHE_DIR": str(self.cache)}
        # Two versions of a file may be written within a second, which is all that a .pyc can tell apart.
        self.env["PYTHONDONTWRITEBYTECODE"] = "1"

    def start(self, code: str, **env: str | None) -> subprocess.Popen[str]:
        merged = {name: value for name, value in (self.env | env).items() if value is not None}
        command = [sys.executable, "-W", "always::RuntimeWarning", "-c", code]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, env=merged, cwd=self.folder, stdout=pipe, stderr=pipe, text=True)

    def run(self, code: str, warned: int = 0, **env: str | None) -> str:
        """What a fresh interpreter prints. It must warn just so many times."""
        return finish(self.start(code, **env), warned)

    def files(self) -> list[Path]:
        return sorted(path for path in self.cache.rglob("*") if path.is_file())


def finish(process: subprocess.Popen[str], warned: int = 0) -> str:
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert len(re.findall("RuntimeWarning: toy:", err)) == warned, err
    return out.strip()


@pytest.fixture
def toy(tmp_path: Path) -> Toy:
    return Toy(tmp_path)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cache after one run of TOTAL. To be copied: it holds no paths."""
    toy = Toy(tmp_path_factory.mktemp("filled"))
    assert toy.run(TOTAL) == "30.0 0"
    return toy.cache


def test_import_loads_no_numba(toy):
    assert toy.run(START + "print('numba' in sys.modules, 'llvmlite' in sys.modules)") == "False False"


@pytest.mark.parametrize("switch", ["SPIKEMATH_DISABLE_JIT", "NUMBA_DISABLE_JIT"])
def test_disabled(toy, switch):
    code = START + "print(total(x), total.dispatcher is total.python, 'numba' in sys.modules)"
    assert toy.run(code, **{switch: "1"}) == "30.0 True False"
    assert not toy.cache.exists()


def test_it_looks_like_the_function(toy):
    code = START + (
        "import inspect\n"
        "print(total.__name__, total.__module__, total.__doc__, inspect.signature(total), total)\n"
        "print(total.__wrapped__ is total.python, total.python(x))"
    )
    lines = toy.run(code).splitlines()
    assert lines[0] == "_total toy.outer Sum of the scaled elements. (x) <Kernel toy.outer._total>"
    assert lines[1] == "True 30.0"


def test_pickle(toy):
    code = START + (
        "import pickle, copy\n"
        "print(pickle.loads(pickle.dumps(total)) is total, copy.deepcopy(total) is total)\n"
        "try:\n    pickle.dumps(compiled(lambda a: a))\n"
        "except pickle.PicklingError as error:\n    print(error)"
    )
    lines = toy.run(code).splitlines()
    assert lines[0] == "True True"
    assert "is not bound to a name in module '__main__'" in lines[1]


@pytest.mark.jit_only
def test_second_process_uses_the_cache(toy, filled):
    copytree(filled, toy.cache)
    files = toy.files()
    assert toy.run(TOTAL) == "30.0 1"
    assert toy.files() == files
    lean = START + "total(x); print('numba.np.arraymath' in sys.modules)"
    assert toy.run(lean) == "False", "a warm start should not import all that numba needs to compile"


@pytest.mark.jit_only
def test_compiled_as_promised(toy):
    """Division as in NumPy, and nothing of the user's changed."""
    code = START + (
        "import os; before = dict(os.environ)\n"
        "print(halve(0), halve(0.0), before == dict(os.environ))\n"
        "import numba\n"
        "options = halve.dispatcher.targetoptions\n"
        "print(numba.config.CACHE_DIR == '', sorted(k for k, v in options.items() if v is True))"
    )
    assert toy.run(code).splitlines() == ["inf inf True", "True ['nogil', 'nopython']"]


@pytest.mark.jit_only
def test_settings_of_numba_have_their_own_files(toy, filled):
    copytree(filled, toy.cache)
    assert toy.run(TOTAL, NUMBA_OPT="1") == "30.0 0"
    assert toy.run(TOTAL) == "30.0 1"


@pytest.mark.jit_only
def test_call_costs_little(toy):
    code = START + (
        "from timeit import repeat\n"
        "direct = halve.dispatcher; halve(1.0)\n"
        "best = lambda f: min(repeat(lambda: f(1.0), number=10_000, repeat=20)) / 10_000\n"
        "print(best(halve) - best(direct))"
    )
    assert float(toy.run(code)) < 1e-6


def plausible(data: bytes) -> bytes:
    """The factor 10 in the machine code becomes 20: nothing but a checksum can tell."""
    assert struct.pack("=d", 10.0) in data
    return data.replace(struct.pack("=d", 10.0), struct.pack("=d", 20.0))


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "truncated": lambda data: data[:-100],
    "empty": lambda data: b"",
    "garbage": lambda data: os.urandom(5000),
    "plausible": plausible,
}


@pytest.mark.jit_only
@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_damaged_file(toy, filled, damage):
    """A damaged file costs one warning, however many are damaged, and is replaced."""
    copytree(filled, toy.cache)
    assert len(toy.files()) == 2  # the kernel, and the one it calls
    for path in toy.files():
        path.write_bytes(damage(path.read_bytes()))
    assert toy.run(TOTAL, warned=1) == "30.0 0"
    assert toy.run(TOTAL) == "30.0 1"


@pytest.mark.jit_only
def test_file_under_another_name(toy, filled):
    """Intact, but the code of another kernel: it must not be run."""
    toy.run(START + "halve(1.0)")
    [stray] = toy.files()
    content = stray.read_bytes()
    copytree(filled, toy.cache, dirs_exist_ok=True)
    for path in toy.files():
        path.write_bytes(content)
    assert toy.run(TOTAL, warned=1) == "30.0 0"


BROKEN_HOME = """
import pwd
def unknown(uid):
    raise KeyError(uid)
pwd.getpwuid = unknown
"""
FULL_DISK = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))"
NO_CACHE = {"SPIKEMATH_CACHE_DIR": None, "NUMBA_CACHE_DIR": None, "XDG_CACHE_HOME": None}
TWICE = TOTAL + "; print(halve(4.0), hits(halve))"


@pytest.mark.jit_only
def test_unwritable_folder(toy):
    """Below a regular file: the one place where even root cannot write."""
    (toy.folder / "file").write_text("")
    where = str(toy.folder / "file" / "cache")
    assert toy.run(TWICE, warned=1, SPIKEMATH_CACHE_DIR=where) == "30.0 0\n0.25 0"


@pytest.mark.jit_only
@pytest.mark.skipif(os.name == "nt", reason="simulated with POSIX means")
def test_no_home(toy):
    assert toy.run(BROKEN_HOME + TWICE, warned=1, HOME=None, **NO_CACHE) == "30.0 0\n0.25 0"
    assert not (toy.folder / "~").exists()


@pytest.mark.jit_only
@pytest.mark.skipif(os.name == "nt", reason="simulated with POSIX means")
def test_full_disk(toy):
    assert toy.run(FULL_DISK + TWICE, warned=1) == "30.0 0\n0.25 0"
    assert not toy.files()


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"SPIKEMATH_CACHE_DIR": "a", "NUMBA_CACHE_DIR": "b", "XDG_CACHE_HOME": "c"}, "a"),
        ({"NUMBA_CACHE_DIR": "b", "XDG_CACHE_HOME": "c"}, "b/toy"),
        ({"SPIKEMATH_CACHE_DIR": "", "XDG_CACHE_HOME": "c"}, "c/toy"),
    ],
)
def test_cache_folder(toy, variables, expected):
    code = "from toy._numeric.jit_cache import cache_root; print(cache_root().as_posix())"
    assert toy.run(code, **(NO_CACHE | variables)) == (toy.folder / expected).as_posix()


@pytest.mark.jit_only
def test_callee_edited(toy, filled):
    """The caller has the callee compiled into it, so it must be compiled anew when the other file changes."""
    copytree(filled, toy.cache)
    (toy.package / "inner.py").write_text(INNER.replace("FACTOR * a", "FACTOR - a"))
    assert toy.run(TOTAL) == "17.0 0"
    (toy.package / "inner.py").write_text(INNER.replace("10.0", "20.0"))
    assert toy.run(TOTAL) == "60.0 0"


@pytest.mark.jit_only
def test_source_edited_between_import_and_first_call(toy):
    """What is compiled is the old source, in memory: it must not be kept for the new one, on disk."""
    edit = "import toy.inner, pathlib; p = pathlib.Path(toy.inner.__file__)\n"
    edit += "p.write_text(p.read_text().replace('10.0', '20.0'))\n"
    assert toy.run(START + edit + "print(total(x))") == "30.0"
    assert toy.run(TOTAL) == "60.0 0"


@pytest.mark.jit_only
def test_kernel_outside_the_package(toy):
    """Neither its constants nor those of its callees are in the package's sources."""
    source = OUTER.replace("._numeric", "toy._numeric").replace(".inner", "other")
    other = INNER.replace("._numeric", "toy._numeric")
    (toy.folder / "mine.py").write_text(source)
    code = START + "from mine import total; print(total(x), hits(total))"
    (toy.folder / "other.py").write_text(other)
    assert toy.run(code) == "30.0 0"
    assert toy.run(code) == "30.0 1"
    for old, new, answer in [("10.0", "(1.0, 3.0)[1]", "9.0"), ("FACTOR * a", "FACTOR + a", "23.0")]:
        (toy.folder / "other.py").write_text(other.replace(old, new))
        assert toy.run(code) == f"{answer} 0"
        assert toy.run(code) == f"{answer} 1"


@pytest.mark.jit_only
def test_a_global_that_cannot_be_described(toy):
    """It is compiled all the same, but not kept."""
    (toy.folder / "constants.py").write_text("FACTOR = 3.0")
    code = START + "import constants\nk = compiled(lambda a: constants.FACTOR * a); print(k(2.0))"
    assert toy.run(code, warned=1) == "6.0"
    (toy.folder / "constants.py").write_text("FACTOR = 4.0")
    assert toy.run(code, warned=1) == "8.0"


@pytest.mark.jit_only
def test_closures_and_recursion(toy):
    """Functions that share their name, one that calls itself, and two that call each other (never cached)."""
    code = START + (
        "def adder(n, kernel):\n"
        "    def _add(a):\n        return kernel(a) + n\n"
        "    return compiled(_add)\n"
        "one = adder(1.0, halve); two = adder(2.0, one)\n"
        "def _power(n):\n    return 1 if n == 0 else 2 * power(n - 1)\n"
        "power = compiled(_power)\n"
        "def _even(n):\n    return True if n == 0 else odd(n - 1)\n"
        "def _odd(n):\n    return False if n == 0 else even(n - 1)\n"
        "even = compiled(_even); odd = compiled(_odd)\n"
        "calls_even = compiled(lambda n: even(n))\n"
        "print(two(4.0), one(4.0), power(10), even(6), calls_even(6))\n"
        "print([hits(k) for k in (one, two, power, even, calls_even)])"
    )
    assert toy.run(code) == "3.25 1.25 1024 True True\n[0, 0, 0, 0, 0]"
    assert toy.run(code) == "3.25 1.25 1024 True True\n[1, 1, 1, 0, 0]"


@pytest.mark.jit_only
def test_threads(toy):
    """Four first calls at once, through two kernels one of which calls the other."""
    code = START + (
        "from threading import Barrier, Thread\n"
        "from toy.inner import scaled\n"
        "barrier, answers = Barrier(4), []\n"
        "def work(i):\n    barrier.wait(); answers.append(total(x) if i % 2 else scaled(3.0))\n"
        "threads = [Thread(target=work, args=(i,)) for i in range(4)]\n"
        "[t.start() for t in threads]; [t.join() for t in threads]\n"
        "print(answers, len(total.dispatcher.overloads))"
    )
    assert toy.run(code) == "[30.0, 30.0, 30.0, 30.0] 1"


@pytest.mark.jit_only
def test_processes(toy):
    """Three processes fill the same cache, two of them for other argument types."""
    others = [TOTAL, TOTAL.replace("x)", "x.astype(np.float32))"), TOTAL.replace("x)", "x.astype(np.int64))")]
    running = [toy.start(code) for code in others]
    assert [finish(process) for process in running] == ["30.0 0"] * 3
    assert toy.run(";".join([TOTAL, *(code.splitlines()[-1] for code in others[1:])])).endswith("30.0 3")
    assert not [path for path in toy.files() if path.name.startswith("writing-")]


FIFTY = """
import random, shutil, pathlib, os
from toy.outer import _total, scaled
folder = pathlib.Path(os.environ["SPIKEMATH_CACHE_DIR"])
names = sorted(p for p in folder.rglob("*") if p.is_file())
whole = {p: p.read_bytes() for p in names}
rng = random.Random(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
def cut(b): return b[:rng.randrange(len(b))]
def flip(b): i = rng.randrange(len(b)); return b[:i] + bytes([b[i] ^ (1 << rng.randrange(8))]) + b[i + 1:]
def noise(b): return rng.randbytes(rng.randrange(1, 5000))
def other(b): return rng.choice([x for x in whole.values() if x != b])
def longer(b): return b + b[:100]
survived = 0
for _ in range(50):
    path = rng.choice(names)
    if rng.random() < 0.1:  # a folder in its place: it can be neither read nor replaced
        path.unlink(missing_ok=True); path.mkdir()
    else:
        path.write_bytes(rng.choice([cut, flip, noise, other, longer])(whole[path]))
    survived += compiled(_total)(x) == 30.0 and compiled(scaled.python)(2.0) == 20.0
    for p, b in whole.items():
        if p.is_dir():
            shutil.rmtree(p)
        p.write_bytes(b)
print(survived, "of 50")
"""


@pytest.mark.jit_only
@pytest.mark.slow
def test_fifty_of_fifty_damaged_caches_are_survived(toy, filled):
    """Cut, flipped, exchanged, overwritten files, folders in their place: right answers, and one warning."""
    copytree(filled, toy.cache)
    assert toy.run(START + FIFTY, warned=1) == "50 of 50"
