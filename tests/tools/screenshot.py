#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""screenshot.py FILE: the picture of the web page in README.md. Headless Chromium on the story of tests/web/traffic.py, whose
names are made everyday ones. Needs what tests/web needs, and pngquant. No root."""
import os
import pathlib
import shutil
import subprocess
import sys

from selenium import webdriver
from selenium.webdriver.support.ui import WebDriverWait

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TESTS / "web"))
from served import OUT, Served, free_port, need, scratch  # noqa: E402

WIDTH, HEIGHT = 1720, 1250
NAMES = {b"<script>x()</s": b"gunicorn", b"\x1b[31m\x07\x7fred": b"redis-cli", b"&lt;b&gt;\xff": b"php-fpm"}
SHOWN = "document.querySelector('#details .sequence .waiting')"


def recording(work):
    story = subprocess.run([TESTS / "web/traffic.py", "lives", "290"], capture_output=True, check=True).stdout
    for odd, everyday in NAMES.items():
        story = story.replace(odd, everyday)
    (work / "story").write_bytes(story)
    subprocess.run([OUT / "tests/tools/events2rec", work / "story", work / "recording"], check=True)
    return work / "recording"


def browser():
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-background-networking"):
        options.add_argument(argument)
    return webdriver.Chrome(service=webdriver.chrome.service.Service("/usr/bin/chromedriver"), options=options)


def wait(driver, condition):
    WebDriverWait(driver, 20).until(lambda d: d.execute_script(f"return {condition}"))


def picture(driver, port, file):
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                           {"width": WIDTH, "height": HEIGHT, "deviceScaleFactor": 1, "mobile": False})
    driver.get(f"http://127.0.0.1:{port}/")
    wait(driver, "document.getElementById('count').textContent.startsWith('290 ')")
    # Both ends on this host, and over with its TIME_WAIT.
    driver.execute_async_script("""
        fetch('/api/match?where=' + encodeURIComponent('server.address == ::1 and time_wait > 61s')).then(r => r.json())
            .then(m => { location.hash = m.ids[0]; arguments[0](); });""")
    wait(driver, SHOWN)
    driver.execute_script("document.activeElement.blur(); scrollTo(0, 0)")
    driver.save_screenshot(file)


def main(file):
    need("chromium", "chromedriver")
    if not shutil.which("pngquant"):
        sys.exit("screenshot: pngquant is missing")
    os.environ["TZ"] = "UTC"
    with scratch() as work:
        port, whole = free_port(), str(work / "whole.png")
        with Served(work, recording(work), f"--web=127.0.0.1:{port}"):
            driver = browser()
            try:
                picture(driver, port, whole)
            finally:
                driver.quit()
        subprocess.run(["pngquant", "--force", "--speed", "1", "--strip", "--output", file, "48", whole], check=True)


main(*sys.argv[1:])
