#!/bin/sh
# Virtual environments for the peers, outside the repository: they pull in torch, JAX and old versions of NumPy.
#
#     benchmarks/peers/install.sh [FOLDER] [SET ...]        default: ~/.cache/spikemath-peers torch jax events numpy1
#
# What does not install is left out; the benchmark lists it as not run.
# PIP_NO_INDEX in worker.py, not here: a dependency of sinabs tries to install itself when it is imported.
set -u
folder=${1:-${SPIKEMATH_PEERS:-$HOME/.cache/spikemath-peers}}
[ $# -gt 0 ] && shift
[ $# -eq 0 ] && set -- torch jax events numpy1
python=${PYTHON:-python3}

packages() {
  case $1 in
    torch) echo "torch==2.13.0 snntorch spikingjelly sinabs norse spike-encoding" ;; # torch first, so that nobody picks another
    jax) echo "jax spyx" ;;
    events) echo "nest-simulator pyspike elephant nengo" ;;
    numpy1) echo "numpy<2 setuptools brian2" ;;
    *) echo "unknown set $1" >&2; return 1 ;;
  esac
}

for set in "$@"; do
  names=$(packages "$set") || exit 2
  venv=$folder/$set
  [ -x "$venv/bin/python" ] || nice "$python" -m venv "$venv" || exit 1
  for name in $names; do
    echo "== $set: $name"
    nice "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "$name" || echo "== $name does not install"
  done
done
