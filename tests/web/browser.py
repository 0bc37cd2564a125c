# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The page in headless Chromium, for the tests of it."""
import base64
import re

from served import OUT, skip

try:
    from selenium import webdriver
    from selenium.webdriver.common.keys import Keys
except ImportError:
    skip("python3-selenium is missing (make deps installs it)")

SHOTS = OUT / "tests/web"
WIDTHS = {1920: 1080, 1024: 900, 375: 812}


class Page:
    """A browser with the page open."""

    def __init__(self, port):
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage",
                         "--disable-background-networking", "--disable-component-update", "--disable-sync"):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(service=webdriver.chrome.service.Service("/usr/bin/chromedriver"), options=options)
        self.driver.set_script_timeout(20)
        self.size(1920)
        self.driver.get(f"http://127.0.0.1:{port}/")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.driver.quit()

    def command(self, name, **arguments):
        return self.driver.execute_cdp_cmd(name, arguments)

    def size(self, width):
        self.command("Emulation.setDeviceMetricsOverride", width=width, height=WIDTHS[width], deviceScaleFactor=1, mobile=False)

    def scheme(self, name):
        self.command("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": name}])

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def all(self, selector):
        return self.driver.find_elements("css selector", selector)

    def one(self, selector):
        return self.driver.find_element("css selector", selector)

    def text(self, selector):
        return self.run("return document.querySelector(arguments[0])?.textContent ?? ''", selector)

    def wait(self, what, script, *arguments):
        """Until the expression is true; it is evaluated after each frame."""
        return self.driver.execute_async_script("""
            const done = arguments[arguments.length - 1], args = arguments, end = Date.now() + 15000;
            const look = () => { let r; try { r = (function () { return %s; }).apply(null, args); } catch (e) { r = null; }
                if (r || Date.now() > end) done(r || null); else requestAnimationFrame(look); };
            look();""" % script, *arguments) or self.fail(what)

    def fail(self, what):
        raise AssertionError(f"{what}: {self.text('#count')}; {self.text('#link')}; {self.driver.get_log('browser')}")

    def shot(self, name):
        self.run("return document.fonts.ready.then(() => new Promise(r => requestAnimationFrame(() => requestAnimationFrame(r))))")
        SHOTS.mkdir(parents=True, exist_ok=True)
        data = self.command("Page.captureScreenshot", format="png")["data"]
        (SHOTS / f"{name}.png").write_bytes(base64.b64decode(data))

    def shown(self):
        """How many the filters want, as the page counts them: elements are only those in sight."""
        return int(re.sub(r"\s", "", self.text("#count")).split("of")[0].removesuffix("shown"))

    def filter(self, **values):
        self.run("""document.getElementById('filters').reset();
            for (const [name, value] of Object.entries(arguments[0])) document.getElementById(`filter-${name}`).value = value;
            document.getElementById('filters').dispatchEvent(new Event('input', { bubbles: true }));""", values)
        return self.shown()
