#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""/metrics as its readers see it: promtool, prometheus_client's OpenMetrics parser, and what neither of them checks. No root."""
import collections
import json
import re
import subprocess

from served import PROGRAM, Checks, Served, free_port, get, need, recording, scratch, skip

try:
    from prometheus_client.openmetrics.parser import text_string_to_metric_families
except ImportError:
    skip("python3-prometheus-client is missing (make deps installs it)")

OPENMETRICS = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"
SAMPLE = re.compile(r'^([a-z_:]+(?:\{(?:[a-z0-9_]+="(?:[^"\\]|\\.)*",?)*\})?) (\S+)')


def series(text):
    """Each series' value; a repeated one is reported."""
    values, repeated = {}, []
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        m = SAMPLE.match(line)
        if not m or m[1] in values:
            repeated.append(line)
        else:
            values[m[1]] = float(m[2])
    return values, repeated


def both_formats(checks, port, exemplars=True):
    """Both are valid and say the same; the values of the plain one. A histogram without exemplars had nothing to count."""
    _, headers, body = get(port, "/metrics")
    plain = body.decode()
    checks.equal("the plain type", headers["Content-Type"], "text/plain; version=0.0.4; charset=utf-8")
    r = subprocess.run(["promtool", "check", "metrics"], input=plain, capture_output=True, text=True, check=False)
    checks.equal("promtool", (r.returncode, r.stdout, r.stderr), (0, "", ""))
    _, headers, body = get(port, "/metrics", {"Accept": OPENMETRICS})
    checks.equal("the other type", headers["Content-Type"], "application/openmetrics-text; version=1.0.0; charset=utf-8")
    for accept, wanted in {"application/openmetrics-text;q=0": "text/plain", "application/openmetrics-text;q=0.2,text/plain":
                           "text/plain", "application/openmetrics-text;q=0,*/*": "text/plain", "application/openmetrics-textual": "text/plain",
                           "text/plain;q=0.3,Application/OpenMetrics-Text;q=0.4": "application/openmetrics-text"}.items():
        checks.equal(f"Accept: {accept}", get(port, "/metrics", {"Accept": accept})[1]["Content-Type"].split(";")[0], wanted)
    families = list(text_string_to_metric_families(body.decode()))
    found = [s.exemplar for f in families for s in f.samples if s.exemplar]
    checks.that("exemplars", bool(found) == exemplars and all(re.fullmatch("[0-9a-f]{32}", x.labels["trace_id"]) for x in found))
    checks.that("no exemplar in the plain one", "trace_id" not in plain)
    values, repeated = series(plain)
    checks.equal("repeated or unreadable series", repeated, [])
    other, repeated = series(body.decode())
    checks.equal("... of OpenMetrics", repeated, [])
    checks.equal("series in both", set(other), set(values))
    own = {name for name, v in values.items() if not name.startswith("process_") and v != other[name]}
    checks.equal("values that differ", own, set())
    return values


def total(values, name, **labels):
    wanted = [f'{k}="{v}"' for k, v in labels.items()]
    return sum(v for s, v in values.items() if s.split("{")[0] == name and all(w in s for w in wanted))


def page_agrees(checks, port, file):
    """What the page shows of a connection is what its record says; only TIME_WAIT may have gone on since."""
    with open(file, encoding="utf-8") as f:
        records = [r for r in map(json.loads, f) if r["schema"] == "tcplife.connection"]
    asked = [(r, json.loads(get(port, f"/api/connection?id={r['id']}")[2])) for r in records]
    for key in ("tcp", "client", "server", "handshake", "complete"):
        differ = [(r["id"], r.get(key), page.get(key)) for r, page in asked if r.get(key) != page.get(key)]
        checks.that(f"{key} on the page and in the file", not differ, differ[:2])
    rows = {r["id"]: r for r in json.loads(get(port, "/api/connections?limit=500")[2])}
    of_page = {page["id"]: page for _, page in asked}
    checks.that("rows", len(rows) > 100 and set(rows) <= set(of_page))
    for key in ("ending", "ended_by", "close_form", "last_state"):
        differ = [i for i, row in rows.items() if row["tcp"].get(key) != of_page[i]["tcp"].get(key)]
        checks.equal(f"tcp.{key} in the list and in the record", differ, [])


def lives(checks, work):
    file, port = recording(work, "lives", "600"), free_port()
    records = work / "records"
    with Served(work, file, f"--prometheus=127.0.0.1:{port}", f"--web=127.0.0.1:{port}", "--metrics-ports=443,5432,80",
                f"--json={records}"):
        values = both_formats(checks, port)
        page_agrees(checks, port, records)
    endings = collections.Counter(re.search(r'"ending":"([a-z_]+)"', line)[1] for line in open(records, encoding="utf-8")
                                  if '"tcplife.connection"' in line)
    checks.that("records beside it", sum(endings.values()) > 500)
    for ending, n in endings.items():
        if ending != "open":
            checks.equal(f"{ending} in figures and records", total(values, "tcplife_connections_closed_total", ending=ending), n)
    checks.equal("opened", total(values, "tcplife_connections_opened_total"), sum(endings.values()))
    checks.equal("refused", total(values, "tcplife_handshake_failures_total", reason="refused"), endings["refused"])
    checks.equal("ports", {m[1] for s in values if (m := re.search(r'port="(\w+)"', s))}, {"80", "443", "5432", "other"})
    alive = sum(total(values, "tcplife_connections", state=s) for s in ("established", "syn_sent", "close_wait", "last_ack"))
    checks.equal("open ones", alive, endings["open"])
    checks.that("TIME_WAIT now", total(values, "tcplife_connections", state="time_wait") > 100)
    exits = total(values, "tcplife_time_wait_exits_total")
    checks.equal("TIME_WAITs measured", total(values, "tcplife_time_wait_duration_seconds_count"), exits)
    buckets = [total(values, "tcplife_time_wait_duration_seconds_bucket", le=le) for le in ("60.5", "62")]
    checks.that("most last 60.5 to 62 s", buckets[1] - buckets[0] > exits / 2, buckets)


def forecast(checks, work):
    """The narrow range of the story: figures and summary say the same."""
    file, port = recording(work, "lives", "2000"), free_port()
    with Served(work, file, f"--prometheus=127.0.0.1:{port}", "--summary") as served:
        values = both_formats(checks, port)
        served.stop()
        said = served.said()
    checks.equal("local ports", values["tcplife_local_ports_available"], 390)
    line = re.search(r"^ 10\.0\.9\.1:5432 +(\d+) +(\d+) +(\d+) +([0-9.]+)  (\S.*)\n +from 10\.0\.0\.5; most by (\S+)(.*)$", said, re.M)
    checks.that("the summary tells it", line, said)
    held, time_wait, left = (int(line[i]) for i in (1, 2, 3))
    checks.equal("held and left are all", held + left, 390)
    checks.equal("the share", round(values["tcplife_local_ports_used_ratio"], 6), round(held / 390, 6))
    checks.that("TIME_WAIT holds most, and tcp_tw_reuse is off", time_wait > held / 2 and f"tcp_tw_reuse=1 would free {time_wait} ports" in line[7], line[0])
    return line[0]


def many_ports(checks, work):
    file = recording(work, "ports", "10000")
    sizes = {}
    for options in ((), ("--metrics-ports=1-32",)):
        port = free_port()
        with Served(work, file, f"--prometheus=127.0.0.1:{port}", *options):
            values = both_formats(checks, port)
            sizes[options] = len(get(port, "/metrics", {"Accept": OPENMETRICS})[2])
        checks.equal("all were counted", total(values, "tcplife_connections_closed_total", ending="closed"), 10000)
    checks.that("10,000 ports: under 300 KB", max(sizes.values()) < 300_000, sizes)
    print("10,000 ports:", ", ".join(f"{size} bytes {' '.join(o) or 'with no port listed'}" for o, size in sizes.items()))


def names(checks, work):
    """Labels for 64 combinations of names; an hour without a connection makes room for another one."""
    file = recording(work, "units", "70")
    closed = "tcplife_connections_closed_total"

    def counted(values):
        """Connections by what is behind role and before ending."""
        found = collections.Counter()
        for s, v in values.items():
            if v and (m := re.fullmatch(closed + r'\{role="client",?(.*?),?ending="refused"\}', s)):
                found[m[1]] += v
        return found

    port = free_port()
    with Served(work, file, f"--prometheus=127.0.0.1:{port}", "--metrics-labels=systemd.unit,container.name"):
        values = both_formats(checks, port, exemplars=False)
    seen = counted(values)
    other = 'container_name="other",systemd_unit="other"'
    checks.equal("combinations", len(seen), 65)
    checks.equal("those that found no place", (seen[other], values["tcplife_metrics_labels_other_total"]), (10, 10))
    checks.equal("of a unit that went on", seen['systemd_unit="u0.service"'], 2)
    checks.equal("one came, the idlest went", (seen['systemd_unit="late.service"'], seen['container_name="other"']), (1, 0))
    checks.equal("of nothing known", seen[""], 1)
    checks.equal("a name with a quote and no UTF-8", seen[r'container_name="we\"ird\\xff"'], 1)
    checks.equal("a unit with a quote and a backslash", seen[r'systemd_unit="a\\x2d\"b.service"'], 1)
    checks.equal("who closed first", total(values, "tcplife_closed_first_total"), 0)
    with Served(work, file, f"--prometheus=127.0.0.1:{port}", "--metrics-labels=container.name", "--metrics-ports=5432"):
        values = both_formats(checks, port, exemplars=False)
    seen = counted(values)
    checks.equal("a container called other", (seen['port="5432",container_name="other"'], values["tcplife_metrics_labels_other_total"]), (1, 0))
    checks.equal("all others", seen['port="5432"'], 74)
    with Served(work, file, f"--prometheus=127.0.0.1:{port}"):
        text = get(port, "/metrics")[2].decode()
    checks.that("no name without the option", not re.search(r"container_|k8s_|unit=|labels_other", text))


def refused_options(checks, work):
    for options, why in {
            "--metrics-ports=1-33": "at most 32 ports", "--metrics-ports=http": "'http' is not accepted",
            "--metrics-labels=k8s.pod": "'k8s.pod' is not accepted", "--metrics-labels=container.name,": "is not accepted",
            "--metrics-labels=": "is not accepted", "--prometheus=": "'' is not accepted", "--prometheus=1.2.3.4:0": "is not accepted",
            "--prometheus=1.2.3.4:65536": "is not accepted", "--prometheus=[::1": "is not accepted",
            "--prometheus=a b:80": "is not accepted"}.items():
        r = subprocess.run([PROGRAM, "-r", "/dev/null", options], capture_output=True, text=True, check=False)
        checks.that(options, r.returncode == 2 and why in r.stderr, r.stderr)


need("promtool")
with scratch() as scratch_dir:
    all_checks = Checks()
    refused_options(all_checks, scratch_dir)
    lives(all_checks, scratch_dir)
    print(forecast(all_checks, scratch_dir))
    many_ports(all_checks, scratch_dir)
    names(all_checks, scratch_dir)
    all_checks.end()
