#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""What clients may do to the HTTP server, by mistake or on purpose: refused, and never anybody else's trouble. No root."""
import http.client
import itertools
import socket
import subprocess
import time

from served import PROGRAM, Checks, Served, free_port, get, recording, scratch


def send_raw(port, data, timeout=10):
    """All that comes back until the server closes or nothing comes."""
    answer = b""
    with socket.create_connection(("127.0.0.1", port), timeout=timeout) as s:
        try:
            s.sendall(data)
            while piece := s.recv(65536):
                answer += piece
        except (TimeoutError, ConnectionError):
            pass
    return answer


def status_of(answer):
    return int(answer.split(b" ")[1]) if answer.startswith(b"HTTP/1.1 ") else None


def refusals(checks, port):
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PATCH", "get"):
        status, headers, _ = get(port, "/metrics", method=method)
        checks.equal(f"{method} is refused", status, 405)
        checks.equal(f"{method}: what is allowed", headers["Allow"], "GET, HEAD")
    for path in ("/metrics/", "//metrics", "/./metrics", "/%6detrics", "/metrics%00", "/metrics%2f", "/../metrics",
                 "/../../../../etc/passwd", "/..%2f..%2fetc%2fpasswd", "/metrics;x", "/METRICS", "/", "*"):
        checks.equal(f"path {path}", get(port, path)[0], 404)
    checks.equal("a query is no part of the path", get(port, "/metrics?x=../..")[0], 200)
    for host in ("evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost.evil.example", "", "a@127.0.0.1",
                 "127.0.0.1/x", "[::1", "x" * 300):
        checks.equal(f"Host: {host[:40]}", get(port, "/metrics", {"Host": host})[0], 403)
    for host in (f"127.0.0.1:{port}", f"localhost:{port}", "LOCALHOST", "[::1]:80", "10.1.2.3"):
        checks.equal(f"Host: {host}", get(port, "/metrics", {"Host": host})[0], 200)
    for target in (b"/metrics\0", b"/metrics\0x", b"/\0", b"/metrics?\0", b"/metrics?a=\0b", b"\0", b"http:///metrics",
                   b"/metrics?" + b"&".join(b"a=b" for _ in range(33)), b"/metrics?" + b"&" * 400, b"/metrics?" + b"a&" * 5000):
        for version in (b"HTTP/1.1", b"HTTP/1.0"):
            answer = send_raw(port, b"GET " + target + b" " + version + b"\r\nHost: localhost\r\n\r\n")
            checks.equal(f"{target[:20]} {version}", status_of(answer), 400)
    checks.equal("32 arguments", get(port, "/metrics?" + "&".join("a=b" for _ in range(32)))[0], 200)
    for target, wanted in {f"http://localhost:{port}/metrics": 200, "HTTP://127.0.0.1/metrics?a=b": 200, "http://[::1]/healthz": 200,
                           "http://evil.example/metrics": 403, "http://localhost@evil.example/metrics": 403,
                           "http://localhost": 404, "http://localhost/": 404, "http://localhost/no": 404,
                           "https://localhost/metrics": 404, "metrics": 404, "http://localhost//metrics": 404}.items():
        checks.equal(f"target {target}", status_of(send_raw(port, f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                                                           "\r\n".encode())), wanted)
    checks.equal("a target's host comes before Host", status_of(send_raw(
        port, b"GET http://localhost/metrics HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")), 200)
    checks.equal("HTTP/1.0 without Host", status_of(send_raw(port, b"GET /metrics HTTP/1.0\r\n\r\n")), 403)


def too_large(checks, port):
    mib = 1 << 20
    for what, data in {
            "a URL of 1 MiB": b"GET /" + b"a" * mib + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
            "a header of 1 MiB": b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * mib + b"\r\n\r\n",
            "100,000 headers": b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n" + b"X: y\r\n" * 100000 + b"\r\n",
            "a body of 1 MiB": b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % mib + b"a" * mib,
            "a POST of 1 MiB": b"POST /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % mib + b"a" * mib,
            "chunks": b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n100000\r\n",
            "a length beyond all": b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999\r\n\r\n",
            "no HTTP at all": bytes(range(256)) * 4096,
    }.items():
        answer = send_raw(port, data, 3)
        checks.that(f"{what} gets no figures", b"tcplife_" not in answer)
        checks.that(f"{what} gets a refusal or nothing", status_of(answer) in (None, 400, 405, 413, 414, 431), answer[:80])
        checks.equal(f"after {what}", get(port, "/healthz")[2], b"ok\n")


def half_open(checks, port):
    """Clients that begin and do not go on, to the limit and over it, then leave."""
    idle = [socket.create_connection(("127.0.0.1", port), timeout=5) for _ in range(100)]
    for s in idle[:50]:
        s.sendall(b"GET /metrics HTTP/1.1\r\nHost: loc")
    begun = time.monotonic()
    checks.equal("beside 100 clients that do nothing", get(port, "/healthz")[0], 200)
    checks.that("... at once", time.monotonic() - begun < 5)
    more = [socket.create_connection(("127.0.0.1", port), timeout=5) for _ in range(60)]
    for s in idle + more:
        s.close()
    checks.equal("after they left", get(port, "/healthz")[0], 200)
    with socket.create_connection(("127.0.0.1", port), timeout=40) as s:
        s.sendall(b"GET /metrics HTTP/1.1\r\n")
        begun = time.monotonic()
        try:
            gone = s.recv(65536)
        except ConnectionError:
            gone = b""
        took = time.monotonic() - begun
        checks.that("one who does not go on is let go", 10 < took < 30 and b"tcplife_" not in gone, took)


def dripping(checks, port):
    """A byte now and then keeps no place for ever."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as s:
        begun = time.monotonic()
        try:
            for byte in itertools.cycle(b"x"):
                s.sendall(bytes([byte]))
                s.settimeout(1)
                try:
                    if not s.recv(1):
                        break
                except TimeoutError:
                    pass
                if time.monotonic() - begun > 60:
                    break
        except ConnectionError:
            pass
        took = time.monotonic() - begun
        checks.that("one who sends a byte a second is let go", 10 < took < 40, took)


def slow_reader(checks, port):
    """One who asks for much and reads nothing costs one connection for a while."""
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        s.connect(("127.0.0.1", port))
        s.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n" * 100)
        for _ in range(20):
            begun = time.monotonic()
            checks.equal("beside one who does not read", get(port, "/metrics")[0], 200)
            checks.that("... at once", time.monotonic() - begun < 5)


def good_manners(checks, port):
    status, headers, body = get(port, "/metrics", {"Accept-Encoding": "gzip"})
    checks.equal("gzip", (status, headers["Content-Encoding"], body[:2]), (200, "gzip", b"\x1f\x8b"))
    for refused in ("gzip;q=0, identity", "gzip;Q=0", "gzip ; q=0.000", "br, gzip;q=0", "gzip;q=x", "gzipped"):
        checks.equal(f"no gzip for {refused}", get(port, "/metrics", {"Accept-Encoding": refused})[1]["Content-Encoding"], None)
    status, headers, body = get(port, "/metrics", method="HEAD")
    checks.equal("HEAD", (status, body), (200, b""))
    checks.that("... with the length", int(headers["Content-Length"]) > 1000)
    for name, value in {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
                        "Cross-Origin-Resource-Policy": "same-origin"}.items():
        checks.equal(name, headers[name], value)
    checks.that("the policy", headers["Content-Security-Policy"].startswith("default-src 'self';"))
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    for _ in range(3):
        c.request("GET", "/healthz")
        checks.equal("again on one connection", c.getresponse().read(), b"ok\n")
    c.close()


def addresses(checks, file, port):
    """Where it cannot be served: status 1, the reason, and nothing of the recording."""
    for option in ("--prometheus", "-oprometheus"):
        for address, why in {f"127.0.0.1:{port}": "the port is in use", "192.0.2.1:9999": "not an address of this machine",
                             "no-such-name.invalid:9999": "cannot serve http://no-such-name.invalid:9999"}.items():
            r = subprocess.run([PROGRAM, "--replay", file, "-otable", f"{option}={address}"], capture_output=True, text=True,
                               timeout=60, check=False)
            checks.equal(f"{option}={address}", r.returncode, 1)
            checks.that("... says why", why in r.stderr, r.stderr)
            checks.equal("... and does nothing else", r.stdout, "")


with scratch() as work:
    checks = Checks()
    file = recording(work, "lives", "60")
    port = free_port()
    with Served(work, file, f"--prometheus=127.0.0.1:{port}") as served:
        good_manners(checks, port)
        refusals(checks, port)
        too_large(checks, port)
        slow_reader(checks, port)
        half_open(checks, port)
        dripping(checks, port)
        addresses(checks, file, port)
        checks.equal("it ends well", served.stop(), 0)
        checks.that("no complaint of its own", "error" not in served.said(), served.said())
    checks.end()
