# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""What the tests of the servers share: a recording made from a story, the program that serves it, and a count."""
import contextlib
import http.client
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
OUT = (TOP / os.environ.get("OUT", "build")).resolve()
PROGRAM = OUT / "tcplife-trace"


signal.alarm(180)  # whatever waits for ever ends so


class Checks:
    """that() counts; the last line is what tests/run.sh reads."""

    def __init__(self):
        self.passed = self.failed = 0

    def that(self, what, ok, seen=""):
        if ok:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED {what}{': ' if seen != '' else ''}{seen}")

    def equal(self, what, seen, expected):
        self.that(what, seen == expected, f"{seen!r}, not {expected!r}")

    def end(self):
        print(f"{self.passed} passed, {self.failed} failed")
        sys.exit(1 if self.failed or not self.passed else 0)


def skip(why):
    print(f"SKIP: {why}", file=sys.stderr)
    sys.exit(1 if os.environ.get("CI") == "true" else 77)


def need(*programs):
    for program in programs:
        if not shutil.which(program):
            skip(f"{program} is missing (make deps installs it)")


def until(seconds, what, condition):
    end = time.monotonic() + seconds
    while not (result := condition()):
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(0.02)
    return result


@contextlib.contextmanager
def scratch():
    with tempfile.TemporaryDirectory() as name:
        yield pathlib.Path(name)


def recording(work, *args):
    """Of tests/web/traffic.py ARGS."""
    story, file = work / "story", work / f"{'-'.join(args)}.rec"
    with open(story, "w", encoding="utf-8") as f:
        subprocess.run([TOP / "tests/web/traffic.py", *args], stdout=f, check=True)
    subprocess.run([OUT / "tests/tools/events2rec", story, file], check=True)
    return file


def free_port():
    """Below the ephemeral ports, so that nobody gets it by chance between here and its use."""
    for port in range(21000 + os.getpid() % 5000, 32000):
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise RuntimeError("no free port")


class Served:
    """The program, with a recording that is over and served."""

    def __init__(self, work, file, *options):
        self.err = open(work / "served.err", "w+", encoding="utf-8")
        self.process = subprocess.Popen([PROGRAM, "--replay", file, *options], stdout=subprocess.DEVNULL, stderr=self.err)
        try:
            until(30, "the recording is not over", self.is_serving)
        except TimeoutError:
            self.process.kill()
            raise RuntimeError(self.said()) from None

    def said(self):
        self.err.seek(0)
        return self.err.read()

    def is_serving(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"it ended: {self.said()}")
        return "served until Ctrl-C" in self.said()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.stop()
        self.err.close()

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(20)


def get(port, path, headers=None, method="GET"):
    """Status, headers, body."""
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    c.request(method, path, headers=headers or {})
    r = c.getresponse()
    body = r.read()
    c.close()
    return r.status, r.headers, body
