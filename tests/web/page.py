#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The page in a real browser: headless Chromium on a recording, so that what it must show is known. Screenshots are kept. No root."""
import base64
import collections
import json
import os
import re
import subprocess

from served import OUT, PROGRAM, Checks, Served, free_port, get, need, recording, scratch, skip

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
        return len(self.all("#body tr"))

    def filter(self, **values):
        self.run("""document.getElementById('filters').reset();
            for (const [name, value] of Object.entries(arguments[0])) document.getElementById(`filter-${name}`).value = value;
            document.getElementById('filters').dispatchEvent(new Event('input', { bubbles: true }));""", values)
        return self.shown()


def whole_records(path):
    """As the page has them: of each connection all that became known."""
    r = subprocess.run([PROGRAM, "--replay", path, "--json", "--whole"], capture_output=True, text=True, check=True)
    return [json.loads(line) for line in r.stdout.splitlines()]


def rows(checks, page, records):
    checks.equal("a row for each connection", page.shown(), len(records))
    checks.that("... and the count says so", page.text("#count").startswith(f"{len(records)} shown"), page.text("#count"))
    refused = sum(r["tcp"]["ending"] == "refused" for r in records)
    checks.that("there are refused ones", refused > 0)
    checks.equal("filter: ending", page.filter(ending="refused"), refused)
    checks.equal("filter: port", page.filter(port="9999"), sum(r["server"]["port"] == 9999 for r in records))
    checks.equal("filter: a port of nobody", page.filter(port="7"), 0)
    checks.equal("... is said", page.text("#empty"), "No connection fits these filters.")
    waiting = sum(r.get("time_wait", {}).get("exit") == "running" for r in records)
    checks.equal("filter: state", page.filter(state="time_wait"), waiting)
    checks.that("filter: process", 0 < page.filter(process="<SCRIPT>") < len(records))
    checks.that("a name of mark-up is text", "<script>x()</s" in page.text("#body .process"), page.text("#body .process"))
    checks.that("so are control characters, made visible", page.filter(process="\\x1b[31m\\x07\\x7fred") > 0)
    checks.equal("filter: two at once", page.filter(port="5432", ending="reset"),
                 sum(r["tcp"]["ending"] == "reset" and r["server"]["port"] == 5432 for r in records))
    checks.equal("no element came of a name", page.run("return document.querySelectorAll('td script, td b, dd b').length"), 0)
    checks.equal("none again", page.filter(), len(records))
    starts = page.run("return [...document.querySelectorAll('#body tr .when')].map(e => e.textContent)")
    checks.equal("the newest first", starts, sorted(starts, reverse=True))


def details(checks, page, records):
    wanted = next(r for r in records if r["role"] == "both" and r["tcp"]["ending"] == "closed")
    page.one(f'#body tr[data-id="{wanted["id"]}"]').click()
    page.wait("details", "document.querySelector('#details .sequence path')")
    checks.equal("the verdict", page.text(".verdict").lower().rstrip("."), wanted["verdict"].lower())
    segments = sum(e["kind"] == "segment" for e in wanted["events"])
    checks.equal("an arrow a segment", len(page.all(".sequence .arrow")), segments)
    checks.equal("an entry an event", len(page.all(".events tbody tr")), len(wanted["events"]))
    labels = page.run("return [...document.querySelectorAll('.sequence .label')].map(e => e.textContent)")
    checks.equal("the handshake", labels[:3], ["SYN seq=0", "SYN+ACK seq=0 ack=1", "ACK seq=1 ack=1"])
    checks.equal("phases", page.run("return [...document.querySelectorAll('.phase')].map(e => e.classList[1])"),
                 [p for p in ("handshake", "established", "teardown", "time_wait") if p in wanted])
    checks.that("TIME_WAIT is a bar on its lifeline", page.all(".sequence .waiting"))
    widths = "return [...document.querySelectorAll('.phase')].map(e => Number(e.getAttribute('width')))"
    logarithmic = page.run(widths)
    checks.that("a handshake of microseconds is seen beside a minute", logarithmic[0] > 25, logarithmic)
    page.one('.axis input[value="linear"]').click()
    linear = page.run(widths)
    checks.that("... on a linear axis it is not", linear[0] < 4 < linear[3], linear)
    page.shot("details-1920")
    checks.equal("the row is marked", page.run("return document.querySelector('#body tr.selected').dataset.id"), wanted["id"])
    checks.that("the panel has the focus or holds it", page.run("return document.getElementById('details').contains(document.activeElement)"))
    page.driver.switch_to.active_element.send_keys(Keys.ESCAPE)
    page.wait("closed", "document.getElementById('details').hidden")
    checks.equal("focus is back", page.run("return document.activeElement.closest('tr')?.dataset.id"), wanted["id"])


def endings(checks, page, records):
    """Each kind of ending can be looked into."""
    for ending in sorted({r["tcp"]["ending"] for r in records}):
        record = next(r for r in records if r["tcp"]["ending"] == ending)
        page.run("document.querySelector(`#body tr[data-id=\"${arguments[0]}\"]`).click()", record["id"])
        page.wait(f"details of {ending}", "document.querySelector('#details .facts')?.textContent.includes(args[0])", record["id"])
        checks.that(f"{ending}: a diagram", len(page.all(".sequence .dot, .sequence .arrow")) == len(record["events"]))
    page.run("document.querySelector('#details .close').click()")


def keyboard(checks, page):
    page.run("document.getElementById('filter-clear').focus()")
    page.driver.switch_to.active_element.send_keys(Keys.TAB)
    checks.equal("after the filters the first row", page.run("return document.activeElement.closest('tr')?.rowIndex"), 1)
    page.driver.switch_to.active_element.send_keys(Keys.ARROW_DOWN, Keys.ARROW_DOWN)
    page.driver.switch_to.active_element.send_keys(Keys.ARROW_UP)
    checks.equal("arrows move between rows", page.run("return document.activeElement.closest('tr')?.rowIndex"), 2)
    page.driver.switch_to.active_element.send_keys(Keys.ENTER)
    page.wait("Enter opens", "document.querySelector('#details .sequence line')")
    checks.equal("the row says so", page.run("return document.querySelector('tr.selected button').getAttribute('aria-expanded')"), "true")
    page.run("document.querySelector('#details .close').click()")


def names(checks, page):
    """What a screen reader says of each control and picture."""
    nodes = page.command("Accessibility.getFullAXTree")["nodes"]
    roles = collections.Counter()
    for node in nodes:
        role = node.get("role", {}).get("value")
        if node.get("ignored") or role not in ("button", "textbox", "searchbox", "combobox", "image", "img", "radio", "table", "region",
                                               "meter", "search", "complementary"):
            continue
        roles[role] += 1
        if not node.get("name", {}).get("value"):
            checks.that(f"a name for each {role}", False, json.dumps(node.get("properties"))[:300])
    checks.that("controls were found", roles["button"] > 100 and roles["combobox"] == 2 and roles["image"] + roles["img"] >= 4, dict(roles))
    checks.equal("one main heading", len(page.all("h1")), 1)
    checks.equal("the language", page.run("return document.documentElement.lang"), "en")
    checks.equal("columns have heads", page.run("return document.querySelectorAll('#rows thead th:not([scope=col])').length"), 0)


def figures(checks, page, port):
    summary = json.loads(get(port, "/api/summary")[2])
    numbers = {key: sum(summary[key]) for key in ("handshake", "time_wait")}
    plain = lambda selector: re.sub(r"\s", "", page.text(selector))
    checks.equal("handshakes", plain("#handshake-legend span b"), str(numbers["handshake"]))
    checks.equal("TIME_WAITs", plain("#timewait-legend span b"), str(numbers["time_wait"]))
    checks.equal("bars", len(page.all("#handshake .bar")), len(summary["handshake"]))
    checks.equal("ports", page.run("return [...document.querySelectorAll('#ports th span')].map(e => e.textContent)"),
                 [p["remote"] for p in summary["ports"]])
    checks.equal("lines", len(page.all("#states .line")), 5)
    checks.equal("lost", page.text("#lost"), "no events lost")
    tiles = page.run("return [...document.querySelectorAll('#tiles .value')].map(e => e.textContent)")
    checks.equal("tiles", tiles[:3], [str(summary["states"][s]) for s in ("established", "time_wait", "close_wait")])


def contrast(checks, page, scheme):
    """WCAG's ratio of text on its ground, of the colours that text is in."""
    ratios = page.run("""
        const style = getComputedStyle(document.documentElement), canvas = document.createElement('canvas').getContext('2d');
        const light = name => { canvas.fillStyle = style.getPropertyValue(name); const n = parseInt(canvas.fillStyle.slice(1), 16);
            const [r, g, b] = [n >> 16, n >> 8 & 255, n & 255].map(c => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
            return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
        return ['--ink', '--soft', '--accent', '--good', '--bad'].map(name => { const [a, b] = [light(name), light('--card')].sort((x, y) => y - x);
            return [name, (a + 0.05) / (b + 0.05)]; });""")
    for name, ratio in ratios:
        checks.that(f"{scheme}: {name} can be read", ratio >= 4.5, round(ratio, 2))


def looks(checks, page):
    grounds = {}
    for scheme in ("light", "dark"):
        page.scheme(scheme)
        grounds[scheme] = page.run("return getComputedStyle(document.body).backgroundColor")
        contrast(checks, page, scheme)
        for width in WIDTHS:
            page.size(width)
            page.run("scrollTo(0, 0)")
            page.wait("drawn anew", "Math.abs(document.getElementById('rate').viewBox.baseVal.width - document.getElementById('rate').getBoundingClientRect().width) < 2")
            checks.that(f"{width} px, {scheme}: no sideways scrolling of the page",
                        page.run("return document.scrollingElement.scrollWidth <= innerWidth"), page.run("return document.scrollingElement.scrollWidth"))
            page.shot(f"page-{width}-{scheme}")
            page.run("document.querySelector('#body tr').click()")
            page.wait("details", "document.querySelector('#details .sequence line')")
            page.run("document.getElementById('details').scrollIntoView()")
            page.shot(f"details-{width}-{scheme}")
            checks.that(f"{width} px, {scheme}: with details neither", page.run("return document.scrollingElement.scrollWidth <= innerWidth"))
            page.run("document.querySelector('#details .close').click()")
    checks.that("light and dark differ", grounds["light"] != grounds["dark"], grounds)
    page.size(1920)
    page.scheme("light")


def reconnecting(checks, page, served, work, port):
    """The tracer ends and another one begins: what is shown is of that one."""
    other = recording(work, "lives", "40")
    page.one("#pause").click()
    served.stop()
    page.wait("it is said", "document.getElementById('link').textContent === 'reconnecting…'")
    checks.that("nothing is taken away", page.shown() > 100)
    page.driver.get_log("browser")  # that the server is not reached is told there too, rightly
    with Served(work, other, f"--web=127.0.0.1:{port}"):
        page.wait("connected again", "document.getElementById('link').textContent === 'connected'")
        page.wait("what is new is counted while paused", "/^Resume \\(\\d+ new\\)$/.test(document.getElementById('pause').textContent)")
        checks.that("paused: the rows stay", page.shown() > 100)
        page.one("#pause").click()
        page.wait("only the new ones", "document.querySelectorAll('#body tr').length === 40")
        checks.equal("the new ones are 40", page.shown(), 40)


def complaints(checks, page):
    checks.equal("nothing on the console", [m["message"] for m in page.driver.get_log("browser") if "Failed to load resource" not in m["message"]
                                            or "ERR_CONNECTION_REFUSED" not in m["message"]], [])


need("chromium", "chromedriver")
os.environ["TZ"] = "UTC"
with scratch() as directory:
    all_checks = Checks()
    file, at = recording(directory, "lives", "290"), free_port()
    told = directory / "told.ndjson"
    with Served(directory, file, f"--web=127.0.0.1:{at}", f"--prometheus=127.0.0.1:{at}", f"--json={told}") as server:
        expected = whole_records(file)
        with Page(at) as browser:
            browser.wait("rows", "document.querySelectorAll('#body tr').length === args[0]", len(expected))
            rows(all_checks, browser, expected)
            figures(all_checks, browser, at)
            details(all_checks, browser, expected)
            endings(all_checks, browser, expected)
            keyboard(all_checks, browser)
            names(all_checks, browser)
            looks(all_checks, browser)
            complaints(all_checks, browser)
            all_checks.that("the file beside it is whole", len(told.read_text(encoding="utf-8").splitlines()) > len(expected))
            all_checks.that("the same server has the figures for Prometheus", b"tcplife_" in get(at, "/metrics")[2])
            reconnecting(all_checks, browser, server, directory, at)
            complaints(all_checks, browser)
    print(f"screenshots: {SHOTS}")
    all_checks.end()
