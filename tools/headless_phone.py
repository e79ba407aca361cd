"""Measures this machine's Chromium, headless, through the page that a phone opens.

    python tools/headless_phone.py --sample 180 --run-dir runs/measure-chromium

starts ``measure --target browser`` with the given options, opens the printed address, and opens it
again if the page crashes. It ends with the command and its exit code; the same command resumes. The
shipped records of onnxruntime-web were made in this way; do not use the machine meanwhile.
Playwright comes with the extra ``test``, Chromium with the system.
"""

import contextlib
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from queue import Empty, Queue
from typing import IO

from playwright.sync_api import BrowserContext, Error, sync_playwright

COMMAND = (sys.executable, "-m", "nasbench_mvit", "measure", "--target", "browser")
ADDRESS = re.compile(r"open (http\S+)")
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
LOOK_MS = 1_000
LOOK_S = LOOK_MS / 1_000


def main(options: list[str]) -> int:
    """Run the command and its phone; return the command's exit code."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        print(f"none of {', '.join(PROGRAMS)} is on the path", file=sys.stderr)
        return 2
    with _started(options) as command:
        address = _address(command)
        if address is not None:
            with sync_playwright() as playwright:
                # Root, as in a container, may not use the sandbox; the page is our own.
                browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
                _stay(browser.new_context(), address, command)
                browser.close()
        return command.wait()


@contextlib.contextmanager
def _started(options: list[str]) -> Iterator[subprocess.Popen[str]]:
    """Start the command, and end it on exit."""
    command = subprocess.Popen([*COMMAND, *options], stdout=subprocess.PIPE, text=True)  # noqa: S603 - the command of this project
    try:
        yield command
    finally:
        command.terminate()  # it stops as by Ctrl-C, if it still runs
        command.wait()


def _address(command: subprocess.Popen[str]) -> str | None:
    """Forward the output of the command in a thread; return the address in it, None without one."""
    found: Queue[str] = Queue()
    if command.stdout is None:
        raise RuntimeError("the command was started without a pipe")
    threading.Thread(target=_pass_on, args=(command.stdout, found), daemon=True).start()
    while True:
        try:
            return found.get(timeout=LOOK_S)
        except Empty:
            if command.poll() is not None:
                return None


def _pass_on(printed: IO[str], found: Queue[str]) -> None:
    for line in printed:
        print(line, end="", flush=True)
        if address := ADDRESS.match(line):
            found.put(address[1])


def _stay(context: BrowserContext, address: str, command: subprocess.Popen[str]) -> None:
    """Keep the page open until the command ends; a new page has the token of a crashed one."""
    while command.poll() is None:
        page = context.new_page()
        try:
            page.goto(address)
            while command.poll() is None:
                page.wait_for_timeout(LOOK_MS)
        except Error as problem:  # it crashed, or the server has ended
            if command.poll() is None:
                print(f"the page is opened again: {problem.message}", flush=True)
        page.close()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
