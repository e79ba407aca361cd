"""A program called adb and a folder that plays the phone, whose shell is this machine's."""

import os
from pathlib import Path

import pytest

SERIAL = "R58N12345"
ONE_PHONE = f"{SERIAL}\tdevice\n"
HEAD = "List of devices attached\n"

_ADB = """#!/bin/sh
here=$(dirname "$0")
if [ "$1" = devices ]; then cat "$here/devices"; exit; fi
serial=$(cut -f1 "$here/devices" | tail -1)
[ "$1 $2" = "-s $serial" ] || { echo "device '$2' not found" >&2; exit 1; }
shift 2
if [ "$1" = push ]; then cp "$2" "$here/phone$3"; exit; fi
line=$(printf '%s' "$2" | sed "s#/data/#$here/phone/data/#g")
PATH="$here/tools:$PATH" exec sh -c "$line"
"""
_GETPROP = """#!/bin/sh
case $1 in
  ro.product.manufacturer) echo Acme;;
  ro.product.model) echo "Phone 9";;
  ro.build.version.release) echo 15;;
  ro.product.cpu.abi) echo arm64-v8a;;
esac
"""
_LOGCAT = """#!/bin/sh
log=$(dirname "$0")/log
if [ "$1" = -c ]; then : > "$log"; else cat "$log"; fi
"""
# Every run takes 10 ms but the first, which takes 40.
PERF_TEST = """#!/bin/sh
while [ $# -gt 2 ]; do [ "$1" = -r ] && runs=$2; shift; done
[ -f "$1" ] || { echo "no model $1" >&2; exit 1; }
echo "Session creation time cost: 0.1 s"
awk -v n="$runs" 'BEGIN { for (i = 0; i < n; i++)
  print "nasbench_mvit," (i ? "0.010" : "0.040") ",158171136,99," i }' > "$2"
"""
EXECUTOR_RUNNER = """#!/bin/sh
log=$(dirname "$(command -v logcat)")/log
for word; do case $word in
  --num_executions=*) runs=${word#*=};; --model_path=*) model=${word#*=};;
esac; done
[ -f "$model" ] || { echo "no model $model" >&2; exit 1; }
awk -v n="$runs" 'BEGIN { print "Model file is loaded."; for (i = 1; i <= n; i++)
  printf "Iteration %d of %d: %f ms\\n", i, n, (i > 1 ? 10 : 40) }' > "$log"
"""


class PhoneStandIn:
    """The stand-in in a folder, on the PATH while a test runs."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self._folder = folder
        (folder / "phone/data/local/tmp").mkdir(parents=True)
        (folder / "tools").mkdir()
        self.program("adb", _ADB)
        self.program("tools/getprop", _GETPROP)
        self.program("tools/logcat", _LOGCAT)
        self.attach(ONE_PHONE)
        patch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")

    def attach(self, listing: str) -> None:
        """Let ``adb devices`` list this."""
        (self._folder / "devices").write_text(HEAD + listing)

    def program(self, name: str, text: str) -> Path:
        """Write a program and return its path."""
        path = self._folder / name
        path.write_text(text)
        path.chmod(0o755)
        return path

    @property
    def files(self) -> set[str]:
        """Names of the files on the phone."""
        return {path.name for path in (self._folder / "phone").rglob("*") if path.is_file()}
