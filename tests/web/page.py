#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The page in a real browser: headless Chromium on a recording, so that what it must show is known. Screenshots are kept. No root."""
import collections
import json
import os
import re
import subprocess

from browser import SHOTS, WIDTHS, Keys, Page
from served import PROGRAM, Checks, Served, free_port, get, need, recording, scratch


def whole_records(path):
    """As the page has them: of each connection all that became known."""
    r = subprocess.run([PROGRAM, "--replay", path, "--json", "--whole"], capture_output=True, text=True, check=True)
    return [json.loads(line) for line in r.stdout.splitlines()]


def rows(checks, page, records):
    checks.equal("a row for each connection", page.shown(), len(records))
    checks.that("... of which only those in sight are elements", 20 < len(page.all("#body tr[data-id]")) < len(records))
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
    starts = page.run("return [...document.querySelectorAll('#body tr[data-id] .when')].map(e => e.textContent)")
    checks.equal("the newest first", starts, sorted(starts, reverse=True))


def advised(checks, page, records):
    """Of a recording the advice is general."""
    wanted = next(r for r in records if r["tcp"]["ending"] == "refused")
    page.filter(port=str(wanted["client"]["port"]))
    page.wait("its row", "document.querySelector(`#body tr[data-id=\"${args[0]}\"]`)", wanted["id"])
    page.one(f'#body tr[data-id="{wanted["id"]}"]').click()
    page.wait("advice", "document.querySelector('#details .advice')")
    checks.equal("the advice", page.text("#details .advice"),
                 f"See at the server whether a program listens on port {wanted['server']['port']}: ss -ltn.")
    page.driver.switch_to.active_element.send_keys(Keys.ESCAPE)


def details(checks, page, records):
    wanted = next(r for r in records if r["role"] == "both" and r["tcp"]["ending"] == "closed")
    page.filter(port=str(wanted["client"]["port"]))
    page.wait("its row", "document.querySelector(`#body tr[data-id=\"${args[0]}\"]`)", wanted["id"])
    page.one(f'#body tr[data-id="{wanted["id"]}"]').click()
    page.wait("details", "document.querySelector('#details .sequence path')")
    checks.equal("the verdict", page.text(".verdict").lower().rstrip("."), wanted["verdict"].lower())
    segments = sum(e["kind"] == "segment" for e in wanted["events"])
    checks.equal("an arrow a segment", len(page.all(".sequence .arrow")), segments)
    checks.equal("an entry an event", len(page.all(".events tbody tr")), len(wanted["events"]))
    labels = page.run("return [...document.querySelectorAll('.sequence .label')].map(e => e.textContent)")
    states = page.run("return [...document.querySelectorAll('.sequence .label, .sequence .note')].map(e => e.textContent)")
    checks.that("SYN_RECV stands at the SYN+ACK", states.index("SYN+ACK seq=0 ack=1") < states.index("SYN_RECV") < states.index("ACK seq=1 ack=1"), states)
    data = [n for n in (wanted["client"].get("bytes", 0), wanted["server"].get("bytes", 0)) if n]
    checks.equal("an arrow for the data of each side", len(page.all(".sequence line.data")), len(data))
    checks.that("each step is explained", len(page.all(".explained li")) > 5 and "Handshake 1/3" in page.text(".explained"), page.text(".explained")[:200])
    checks.equal("... and marked in the diagram", page.run("return [...document.querySelectorAll('.mark')].flatMap(e => e.textContent.split(',')).length"),
                 len(page.all(".explained li")))
    checks.that("the address is a link to it", page.run("return location.hash") == f"#{wanted['id']}")
    checks.equal("the handshake", [l for l in labels if "data" not in l][:3], ["SYN seq=0", "SYN+ACK seq=0 ack=1", "ACK seq=1 ack=1"])
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
    checks.equal("the address is without it", page.run("return location.hash"), "")
    checks.equal("focus is back", page.run("return document.activeElement.closest('tr')?.dataset.id"), wanted["id"])


def endings(checks, page, records):
    """Each kind of ending can be looked into."""
    for ending in sorted({r["tcp"]["ending"] for r in records}):
        record = next(r for r in records if r["tcp"]["ending"] == ending)
        page.run("location.hash = arguments[0]", record["id"])
        page.wait(f"details of {ending}", "document.querySelector('#details .facts')?.textContent.includes(args[0])", record["id"])
        checks.that(f"{ending}: a diagram", len(page.all(".sequence .dot, .sequence .arrow")) == len(record["events"]))
    page.run("document.querySelector('#details .close').click()")


def order(checks, page, records):
    """The heads sort, both ways, and tell a screen reader so."""
    durations = [r["duration_ns"] for r in records if "duration_ns" in r]
    first = "return document.querySelector('#body tr[data-id]').dataset.id"
    page.filter()
    page.one('#head button[data-key="duration"]').click()
    longest = next(r for r in records if r["id"] == page.run(first))
    checks.that("the longest first", longest.get("duration_ns", 1e30) >= max(durations))
    checks.equal("... is said", page.run("return document.querySelector('#head th[aria-sort]').getAttribute('aria-sort')"), "descending")
    page.one('#head button[data-key="duration"]').click()
    checks.equal("the shortest first", next(r for r in records if r["id"] == page.run(first))["duration_ns"], min(durations))
    checks.that("... stands in the address", "sort=duration" in page.run("return location.search"))
    page.one('#head button[data-key="began"]').click()
    page.run("document.getElementById('rows-scroll').scrollTop = 1e9")
    page.wait("the last row", "[...document.querySelectorAll('#body tr[data-id]')].at(-1).getAttribute('aria-rowindex') == args[0]", str(len(records) + 1))
    checks.equal("scrolled to the end: the oldest", page.run("return [...document.querySelectorAll('#body tr[data-id]')].at(-1).dataset.id"),
                 min(records, key=lambda r: r["start_time"])["id"])
    page.run("document.getElementById('rows-scroll').scrollTop = 0")
    page.wait("the first row", "document.querySelector('#body tr[data-id]').getAttribute('aria-rowindex') === '2'")


def fitting(checks, page, records, port):
    """Expressions are evaluated by the tracer, in the words of --where."""
    for text, wants in (("ending == refused", lambda r: r["tcp"]["ending"] == "refused"),
                        ("handshake > 1us and server.port == 5432", lambda r: r["server"]["port"] == 5432 and r.get("handshake", {}).get("duration_ns", 0) > 1000)):
        expected = sum(wants(r) for r in records)
        page.filter(where=text)
        page.wait(text, "document.getElementById('count').textContent.replace(/\\s/g, '').startsWith(args[0] + 'of')", str(expected))
        checks.that(f"{text}: some and not all", 0 < expected < len(records), expected)
        checks.that("... stands in the address", "where=" in page.run("return location.search"))
    page.filter(where="ending == refusedd")
    page.wait("a mistake is said", "!document.getElementById('where-error').hidden && document.getElementById('where-error').textContent.startsWith('column ')")
    page.wait("... and everything shown", "document.getElementById('count').textContent.startsWith(args[0] + ' shown')", str(len(records)))
    page.driver.get_log("browser")  # the answer 400 stands there too, rightly
    page.filter()
    page.wait("all again", "document.getElementById('where-error').hidden")
    refused = sum(r["tcp"]["ending"] == "refused" for r in records)
    page.one('.fault[data-kind="refused"]').click()
    checks.equal("a fault of the bar is a filter", page.shown(), refused)
    checks.equal("... and says how many", page.text('.fault[data-kind="refused"] b'), str(refused))
    page.one('.fault[data-kind="refused"]').click()
    checks.equal("... that is taken away", page.shown(), len(records))
    found = json.loads(get(port, "/api/match?where=ending%20%3D%3D%20refused")[2])
    checks.equal("the ids are those", sorted(found["ids"]), sorted({r["id"] for r in records if r["tcp"]["ending"] == "refused"}))
    checks.equal("no expression is refused", get(port, "/api/match?where=")[0], 400)


def exported(checks, page, records, port, work):
    """What is saved is what is shown."""
    some = [r["id"] for r in records if r["tcp"]["ending"] == "closed"][:5]
    lines = get(port, f"/api/export?format=json&ids={','.join(some)}")[2].decode().splitlines()
    checks.equal("records as JSON", [json.loads(line)["id"] for line in lines], some)
    file = work / "some.pcapng"
    file.write_bytes(get(port, f"/api/export?format=pcapng&ids={','.join(some)}")[2])
    read = subprocess.run([PROGRAM, "-r", file, "--json"], capture_output=True, text=True, check=True).stdout.splitlines()
    checks.equal("packets as pcapng", len(read), len(some))
    twice = get(port, f"/api/export?format=json&ids={','.join(some + some)}")[2].decode().splitlines()
    checks.equal("what is asked for twice comes once", [json.loads(line)["id"] for line in twice], some)
    checks.equal("what is no id is left out", get(port, "/api/export?format=json&ids=zz,,-1")[2], b"")
    checks.equal("another format is refused", get(port, f"/api/export?format=xml&ids={some[0]}")[0], 400)
    page.filter(ending="refused")
    text = page.driver.execute_async_script("""
        const done = arguments[0];
        URL.createObjectURL = blob => { blob.text().then(done); return 'blob:'; };
        HTMLAnchorElement.prototype.click = () => {};
        document.querySelector('.export button[data-format=csv]').click();""")
    rows_saved = text.strip().split("\r\n")
    checks.equal("CSV has what is shown", len(rows_saved) - 1, sum(r["tcp"]["ending"] == "refused" for r in records))
    checks.that("... with a head", rows_saved[0].startswith("id,start_time,"), rows_saved[0])
    page.filter()


def brushed(checks, page, records):
    """A span of a chart selects what was there then."""
    box = page.run("const b = document.getElementById('rate').getBoundingClientRect(); return [b.x, b.y, b.width, b.height]")
    for kind, share in (("mousePressed", 0.3), ("mouseMoved", 0.5), ("mouseReleased", 0.5)):
        page.command("Input.dispatchMouseEvent", type=kind, x=box[0] + box[2] * share, y=box[1] + box[3] / 2, button="left", clickCount=1)
    page.wait("a span is chosen", "!document.getElementById('span').hidden")
    checks.that("some are of it", 0 < page.shown() < len(records), page.shown())
    checks.that("... which stands in the address", "span=" in page.run("return location.search"))
    page.one("#span-clear").click()
    checks.equal("all times again", page.shown(), len(records))


def linked(checks, page, records, port):
    """What the address says is there again in a new page."""
    refused = [r for r in records if r["tcp"]["ending"] == "refused"]
    page.driver.get(f"http://127.0.0.1:{port}/?ending=refused&sort=duration#{refused[0]['id']}")
    page.wait("details by the address", "document.querySelector('#details .facts')?.textContent.includes(args[0])", refused[0]["id"])
    page.wait("filtered by the address", "document.getElementById('count').textContent.startsWith(args[0] + ' of')", str(len(refused)))
    checks.equal("its row is marked", page.run("return document.querySelector('#body tr.selected')?.dataset.id"), refused[0]["id"])
    page.driver.get(f"http://127.0.0.1:{port}/")
    page.wait("rows", "document.getElementById('count').textContent.startsWith(args[0] + ' shown')", str(len(records)))


def keyboard(checks, page):
    page.run("document.querySelector('#head tr th:last-child button').focus()")
    page.driver.switch_to.active_element.send_keys(Keys.TAB)
    checks.equal("after the heads the first row", page.run("return document.activeElement.closest('tr')?.getAttribute('aria-rowindex')"), "2")
    page.driver.switch_to.active_element.send_keys(Keys.ARROW_DOWN, Keys.ARROW_DOWN)
    page.driver.switch_to.active_element.send_keys(Keys.ARROW_UP)
    checks.equal("arrows move between rows", page.run("return document.activeElement.closest('tr')?.getAttribute('aria-rowindex')"), "3")
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
    checks.that("controls were found", roles["button"] > 30 and roles["combobox"] == 2 and roles["image"] + roles["img"] >= 4, dict(roles))
    checks.equal("one main heading", len(page.all("h1")), 1)
    checks.equal("the language", page.run("return document.documentElement.lang"), "en")
    checks.equal("columns have heads", page.run("return document.querySelectorAll('#rows thead th:not([scope=col])').length"), 0)


def figures(checks, page, port):
    summary = json.loads(get(port, "/api/summary")[2])
    numbers = {key: sum(summary[key]) for key in ("handshake", "time_wait")}
    plain = lambda selector: re.sub(r"\s", "", page.text(selector))
    checks.equal("handshakes", plain("#handshake-legend span b"), str(numbers["handshake"]))
    checks.equal("TIME_WAITs", plain("#timewait-legend span b"), str(numbers["time_wait"]))
    filled = [i for i, n in enumerate(summary["handshake"]) if n]
    checks.that("the axis of the handshakes begins and ends where they do",
                len(page.all("#handshake .bar")) == min(len(summary["handshake"]) - 1, filled[-1] + 1) - max(0, filled[0] - 1) + 1)
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
            inside = "const e = document.getElementById('rows-scroll'); return [e.scrollWidth, e.clientWidth]"
            checks.that(f"{width} px, {scheme}: nor of the table", (lambda a: a[0] <= a[1])(page.run(inside)), page.run(inside))
            page.shot(f"page-{width}-{scheme}")
            page.run("document.querySelector('#body tr[data-id]').click()")
            page.wait("details", "document.querySelector('#details .sequence line')")
            page.run("document.getElementById('details').scrollIntoView()")
            page.shot(f"details-{width}-{scheme}")
            checks.that(f"{width} px, {scheme}: with details neither", page.run("return document.scrollingElement.scrollWidth <= innerWidth"))
            checks.that(f"{width} px, {scheme}: ... nor the table", (lambda a: a[0] <= a[1])(page.run(inside)), page.run(inside))
            cut = page.run("""
                return [...document.querySelectorAll('.chart svg text, .waterfall text, .sequence text')].filter(e => {
                    const box = e.getBoundingClientRect(), room = e.ownerSVGElement.getBoundingClientRect();
                    return box.left < room.left - 1 || box.right > room.right + 1; }).map(e => e.textContent)""")
            checks.equal(f"{width} px, {scheme}: no label is cut off", cut, [])
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
    page.driver.get_log("browser")  # that the server is not reached is reported there too, rightly
    with Served(work, other, f"--web=127.0.0.1:{port}"):
        page.wait("connected again", "document.getElementById('link').textContent === 'connected'")
        page.wait("what is new is counted while paused", "/^Resume \\(\\d+ new\\)$/.test(document.getElementById('pause').textContent)")
        checks.that("paused: the rows stay", page.shown() > 100)
        page.one("#pause").click()
        page.wait("only the new ones", "document.getElementById('count').textContent.startsWith('40 shown')")
        checks.equal("the new ones are 40", page.shown(), 40)


def complaints(checks, page):
    checks.equal("nothing on the console", [m["message"] for m in page.driver.get_log("browser") if "Failed to load resource" not in m["message"]
                                            or "ERR_CONNECTION_REFUSED" not in m["message"]], [])


need("chromium", "chromedriver")
os.environ["TZ"] = "UTC"
with scratch() as directory:
    all_checks = Checks()
    file, at = recording(directory, "lives", "290"), free_port()
    beside = directory / "beside.ndjson"
    with Served(directory, file, f"--web=127.0.0.1:{at}", f"--prometheus=127.0.0.1:{at}", f"--json={beside}") as server:
        expected = whole_records(file)
        with Page(at) as browser:
            browser.wait("rows", "document.getElementById('count').textContent.startsWith(args[0] + ' shown')", len(expected))
            rows(all_checks, browser, expected)
            figures(all_checks, browser, at)
            advised(all_checks, browser, expected)
            details(all_checks, browser, expected)
            endings(all_checks, browser, expected)
            order(all_checks, browser, expected)
            fitting(all_checks, browser, expected, at)
            exported(all_checks, browser, expected, at, directory)
            brushed(all_checks, browser, expected)
            linked(all_checks, browser, expected, at)
            keyboard(all_checks, browser)
            names(all_checks, browser)
            looks(all_checks, browser)
            complaints(all_checks, browser)
            all_checks.that("the file beside it is whole", len(beside.read_text(encoding="utf-8").splitlines()) > len(expected))
            all_checks.that("the same server has the figures for Prometheus", b"tcplife_" in get(at, "/metrics")[2])
            reconnecting(all_checks, browser, server, directory, at)
            complaints(all_checks, browser)
    print(f"screenshots: {SHOTS}")
    all_checks.end()
