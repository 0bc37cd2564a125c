#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The time line of a directory of recordings, in a real browser: half an hour, of which the page shows what it is asked for. No root."""
import json
import os
import subprocess
import time

from browser import SHOTS, Page
from served import OUT, PROGRAM, TOP, Checks, Served, free_port, get, need, scratch

EVERY_S, COUNT = 10, 180


def directory(work):
    """A connection every ten seconds, for half an hour, in pieces of a minute."""
    one, many, pieces = work / "one.rec", work / "many.rec", work / "pieces"
    subprocess.run([OUT / "tests/tools/events2rec", TOP / "tests/cases/four_way.events", one], check=True)
    with open(many, "wb") as f:
        subprocess.run([TOP / "tests/tools/repeat_recording.py", one, str(COUNT), str(EVERY_S * 1000000)], stdout=f, check=True)
    subprocess.run([PROGRAM, "-r", many, "--record", pieces, "--keep", "1G", "--rotate", "60s"], check=True)
    begin = time.time() - 7200  # as if they had been written then
    for name in sorted(pieces.iterdir()):
        os.utime(name, (begin, begin))
    return pieces


def records(pieces, since, until_ms):
    def text(ms):
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(ms // 1000))

    r = subprocess.run([PROGRAM, "-r", pieces, "--since", text(since), "--until", text(until_ms), "--json"], capture_output=True, text=True, check=True)
    return {c["id"] for c in map(json.loads, r.stdout.splitlines()) if c["schema"] == "tcplife.connection"}


def look(checks, page, pieces, port):
    page.wait("the time line", "!document.querySelector('#look').hidden")
    begin, end = (page.run(f"return Number(document.querySelector('#look-at').{name})") for name in ("min", "max"))
    checks.that("it spans half an hour", 1800_000 < end - begin < 2 * 3600_000 + 1800_000, (begin, end))
    since = begin + 600_000
    # A minute in the middle.
    page.run("""const at = document.getElementById('look-at'), length = document.getElementById('look-length');
        length.value = 60000; at.value = arguments[0]; at.dispatchEvent(new Event('change'));""", since)
    expected = records(pieces, since, since + 60_000)
    checks.that("there is something in that minute", 5 <= len(expected) <= 8, len(expected))
    page.wait("that minute", f"document.querySelector('#count').textContent.startsWith('{len(expected)} ')")
    shown = set(page.run("return [...document.querySelectorAll('#body tr[data-id]')].map(e => e.dataset.id)"))
    checks.equal("what was then", shown, expected)
    checks.that("it says so", " to " in page.text("#look-span"), page.text("#look-span"))
    page.shot("lookback-1920")
    # The next one.
    page.one("#look-later").click()
    following = records(pieces, since + 60_000, since + 120_000)
    page.wait("the minute behind it", "document.querySelector(`#body tr[data-id=\"${args[0]}\"]`)", next(iter(following - expected)))
    page.wait("... alone", f"document.querySelector('#count').textContent.startsWith('{len(following)} ')")
    shown = set(page.run("return [...document.querySelectorAll('#body tr[data-id]')].map(e => e.dataset.id)"))
    checks.equal("what was in the minute behind it", shown, following)
    # Somebody else moves: this page follows.
    status, _, _ = get(port, f"/api/look?since={since}&until={since + 60_000}")
    checks.equal("another page moves", status, 200)
    page.wait("this one follows", "document.querySelector(`#body tr[data-id=\"${args[0]}\"]`)", next(iter(expected - following)))
    # All of it.
    page.run("const length = document.getElementById('look-length'); length.value = 0; length.dispatchEvent(new Event('change'));")
    page.wait("all of them", f"document.querySelector('#count').textContent.startsWith('{COUNT} ')")
    page.size(375)
    page.shot("lookback-375")
    checks.equal("no sideways scrolling", page.run("return document.documentElement.scrollWidth > innerWidth"), False)


def main():
    need("chromium", "chromedriver")
    checks, port = Checks(), free_port()
    with scratch() as work:
        pieces = directory(work)
        with Served(work, pieces, f"--web={port}") as served, Page(port) as page:
            look(checks, page, pieces, port)
            for query in ("", "?since=1", "?since=5&until=5", "?since=x&until=7", "?since=99999999999999999999&until=7"):
                checks.equal(f"/api/look{query}", get(port, f"/api/look{query}")[0], 400)
            checks.equal("no errors", [e for e in page.driver.get_log("browser") if "/api/look" not in e["message"]], [])
            checks.equal("it ends well", served.stop(), 0)
        with Served(work, work / "many.rec", f"--web={port}"):
            checks.equal("a file has no time line", get(port, "/api/look?since=1&until=2")[0], 404)
    print(f"screenshots in {SHOTS}")
    checks.end()


main()
