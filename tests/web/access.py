#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Who may see the page and the figures: users of this machine, other machines, token, socket in the file system, and how many
places each may take. Root: other users, two network namespaces of its own."""
import contextlib
import os
import re
import stat
import subprocess
import sys
import time

from served import PROGRAM, Checks, Served, free_port, need, recording, scratch, skip, until

OWNER, STRANGER = 65533, 65534
TOKEN = "0123456789-abcdef_XYZ.~"
PAGE = ("/", "/style.css", "/api/summary", "/api/connections", "/api/events")

if os.geteuid() != 0:
    skip("no root: other users cannot be played")
need("curl", "ip", "unshare")
if "ALONE" not in os.environ:
    os.execvpe("unshare", ["unshare", "--net", sys.executable, *sys.argv], {**os.environ, "ALONE": "1"})
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
os.environ["SUDO_UID"] = str(OWNER)  # as sudo does it


def curl(url, *options, uid=0, prefix=()):
    """Status and what came; status 0: no answer."""
    r = subprocess.run([*prefix, "curl", "-sg", "-m", "10", "-D", "-", *options, url], capture_output=True, text=True,
                       user=uid, group=uid, check=False)
    m = re.match(r"HTTP/1.1 (\d+)", r.stdout)
    return (int(m[1]) if m else 0), r.stdout


def status(url, *options, **more):
    if url.endswith("/api/events"):
        options = (*options, "-m", "1")
    return curl(url, *options, **more)[0]


@contextlib.contextmanager
def elsewhere(address):
    """Another machine, as a prefix of commands; we have that address towards it."""
    name = f"access{os.getpid()}"
    subprocess.run(["ip", "netns", "add", name], check=True)
    try:
        for line in (f"link add va type veth peer name vb netns {name}", f"addr add {address}/24 dev va", "link set va up",
                     f"-n {name} addr add 10.99.99.2/24 dev vb", f"-n {name} link set vb up"):
            subprocess.run(["ip", *line.split()], check=True)
        yield ("ip", "netns", "exec", name)
    finally:
        subprocess.run(["ip", "netns", "delete", name], check=True)


def users(checks, work, file):
    for listen, hosts in {"127.0.0.1": ["127.0.0.1"], "[::1]": ["[::1]"], "[::]": ["127.0.0.1", "[::1]"]}.items():
        port = free_port()
        with Served(work, file, f"--web={listen}:{port}", f"--prometheus={listen}:{port}"):
            for url in (f"http://{host}:{port}" for host in hosts):
                for path in PAGE:
                    checks.equal(f"root {url}{path}", status(url + path), 200)
                    checks.equal(f"who started it {url}{path}", status(url + path, uid=OWNER), 200)
                    checks.equal(f"another user {url}{path}", status(url + path, uid=STRANGER), 403)
                for path in ("/metrics", "/healthz"):
                    checks.equal(f"another user {url}{path}", status(url + path, uid=STRANGER), 200)
                text = curl(url + "/api/connections", uid=STRANGER)[1]
                checks.that("the refusal names the remedies", "--web-token" in text and "--web-open" in text, text)
                checks.that("... and nobody", "address" not in text.replace("addresses", "") and '"id"' not in text, text)
    port = free_port()
    with Served(work, file, f"--web=127.0.0.1:{port}", "--web-open"):
        for path in PAGE:
            checks.equal(f"--web-open: another user {path}", status(f"http://127.0.0.1:{port}{path}", uid=STRANGER), 200)


def machines(checks, work, file, there):
    port = free_port()
    url, options = f"http://10.99.99.1:{port}", (f"--web=0.0.0.0:{port}", f"--prometheus=0.0.0.0:{port}")
    with Served(work, file, *options) as served:
        checks.that("it says who is refused", "refused to other machines" in served.said(), served.said())
        checks.equal("root, by this machine's address", status(url + "/"), 200)
        for path in PAGE:
            checks.equal(f"root of another machine {path}", status(url + path, prefix=there), 403)
        for path in ("/metrics", "/healthz"):
            checks.equal(f"another machine {path}", status(url + path, prefix=there), 200)
    with Served(work, file, *options, "--web-open") as served:
        checks.equal("--web-open: another machine", status(url + "/", prefix=there), 200)
        checks.that("... and nothing is said", "refused" not in served.said(), served.said())
    with Served(work, file, *options, f"--web-token={work / 'token'}"):
        checks.equal("another machine without the token", status(url + "/", prefix=there), 401)
        checks.equal("... with it", status(url + "/", "-H", f"Authorization: Bearer {TOKEN}", prefix=there), 200)


def token(checks, work, file):
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with Served(work, file, f"--web=127.0.0.1:{port}", f"--prometheus=127.0.0.1:{port}", f"--web-token={work / 'token'}") as served:
        for path in (*PAGE, "/metrics"):
            code, text = curl(url + path)
            checks.equal(f"root without it {path}", code, 401)
            checks.that("... is asked for it", "WWW-Authenticate: Bearer" in text, text)
            for uid in (0, STRANGER):
                checks.equal(f"{uid} with it {path}", status(url + path, "-H", f"Authorization: bearer {TOKEN}", uid=uid), 200)
        checks.equal("/healthz never asks", status(url + "/healthz", uid=STRANGER), 200)
        checks.equal("... nor where there is nothing", status(url + "/no"), 404)
        for wrong in (TOKEN[:-1], TOKEN + "x", TOKEN[:-1] + "x", "x" + TOKEN[1:], "", TOKEN + " x", TOKEN.upper()):
            checks.equal(f"'{wrong}'", status(url + "/", "-H", f"Authorization: Bearer {wrong}"), 401)
            checks.equal(f"cookie '{wrong}'", status(url + "/", "-H", f"Cookie: tcplife-{port}={wrong}"), 401)
            checks.equal(f"?token={wrong}", status(f"{url}/?token={wrong.replace(' ', '+')}"), 401)
        checks.equal("another scheme", status(url + "/", "-H", f"Authorization: Basic {TOKEN}"), 401)
        checks.equal("another's cookie", status(url + "/", "-H", f"Cookie: tcplife-1={TOKEN}"), 401)
        checks.equal("a token only opens the page", status(f"{url}/api/summary?token={TOKEN}"), 401)
        code, text = curl(f"{url}/?token={TOKEN}")
        checks.that("the page's address with it leads on", code == 303 and "\nLocation: /\n" in text, text)
        cookie = re.search(r"Set-Cookie: (\S+=\S+); Path=/; HttpOnly; SameSite=Lax\n", text)
        checks.that("... with a cookie", cookie, text)
        for path in PAGE:
            checks.equal(f"by cookie {path}", status(url + path, "-H", f"Cookie: a=b; {cookie[1]}"), 200)
        checks.that("it is not on stderr", TOKEN not in served.said(), served.said())


def refused_options(checks, work, file):
    for text in ("", "\n", "short", "x" * 15, "x" * 257, TOKEN + " x", "ü" * 20, TOKEN + "\0"):
        (work / "bad").write_text(text, encoding="utf-8")
        r = subprocess.run([PROGRAM, "-r", file, "--web=127.0.0.1:1", f"--web-token={work / 'bad'}"], capture_output=True,
                           text=True, check=False, timeout=20)
        checks.that(f"token {text[:20]!r}", r.returncode == 1 and ("must hold one line" in r.stderr), r.stderr)
    for options, code, why in (
            (["--web", f"--web-token={work / 'none'}"], 1, "cannot read"),
            (["--web-token=x"], 2, "needs --web or --prometheus"), (["--web-open", "--prometheus"], 2, "needs --web"),
            (["--web", "--web-open", f"--web-token={work / 'token'}"], 2, "cannot be used together"),
            (["--web=unix:"], 2, "is not accepted"), (["--prometheus=unix:@x"], 2, "is not accepted"),
            (["--web=unix:/" + "x" * 108], 2, "is not accepted"), (["--web=unix:/no/such/x"], 1, "cannot serve unix:/no/such/x"),
            ([f"--web=unix:{work / 'token'}"], 1, "there is such a file")):
        r = subprocess.run([PROGRAM, "-r", file, *options], capture_output=True, text=True, check=False, timeout=20)
        checks.that(f"{options}", r.returncode == code and why in r.stderr, (r.returncode, r.stderr))
    checks.equal("a file in the way is left alone", (work / "token").read_text(encoding="utf-8"), TOKEN + "\n")


def in_file_system(checks, work, file):
    path = work / "sock"
    at = ("--unix-socket", str(path))
    work.chmod(0o755)
    options = (f"--web=unix:{path}", f"--prometheus=unix:{path}", f"--web-token={work / 'token'}")
    with Served(work, file, *options) as served:
        checks.that("it is said", f"page: / at unix:{path}" in served.said(), served.said())
        checks.equal("its permissions", stat.S_IMODE(path.stat().st_mode), 0o600)
        for where in (*PAGE, "/metrics", "/healthz"):
            checks.equal(f"root {where}", status(f"http://any.name{where}", *at), 200)
        checks.equal("another user", status("http://x/healthz", *at, uid=STRANGER), 0)
        checks.equal("nothing there", status("http://x/no", *at), 404)
        r = subprocess.run([PROGRAM, "-r", file, f"--web=unix:{path}"], capture_output=True, text=True, check=False, timeout=20)
        checks.that("a second one", r.returncode == 1 and "there is such a file" in r.stderr, r.stderr)
        checks.equal("... and the first goes on", status("http://x/", *at), 200)
        served.process.kill()
        served.process.wait()
    checks.that("kill -9 leaves it", path.is_socket())
    with Served(work, file, *options, "--file-mode=0666") as served:
        checks.equal("the next run takes its place", stat.S_IMODE(path.stat().st_mode), 0o666)
        checks.equal("... for everybody", status("http://x/", *at, uid=STRANGER), 200)
        checks.equal("it ends well", served.stop(), 0)
    checks.that("it is gone at the end", not path.exists())
    with Served(work, file, *options) as served:
        path.unlink()
        path.write_text("mine", encoding="utf-8")
        served.stop()
    checks.that("somebody else's file is left", path.exists())
    path.unlink()


HOARD = """
import os, socket, sys, time
port, request, uid = int(sys.argv[1]), sys.argv[2].replace("|", "\\r\\n").encode(), int(sys.argv[3])
os.setuid(uid)
held = []
for _ in range(250):
    s = socket.socket()
    s.settimeout(1)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    try:
        s.connect(("127.0.0.1", port))
        s.sendall(request)
    except OSError:
        pass
    held.append(s)
    time.sleep(0.005)
print("held", flush=True)
sys.stdin.readline()
"""


def places(checks, work, file):
    """Nobody takes the last ones: neither by waiting nor by answers that are not read."""
    port = free_port()
    with Served(work, file, f"--web=127.0.0.1:{port}", f"--prometheus=127.0.0.1:{port}"):
        for what, request in {"who asks for nothing": "", "who asks and does not read":
                              "GET /metrics HTTP/1.1|Host: localhost||" * 100}.items():
            with subprocess.Popen([sys.executable, "-c", HOARD, str(port), request, str(STRANGER)],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as hoard:
                checks.equal(what, hoard.stdout.readline(), "held\n")
                begun = time.monotonic()
                for uid in (0, OWNER):
                    for path in ("/", "/metrics", "/api/summary"):
                        checks.equal(f"beside one {what}: {uid} {path}", status(f"http://127.0.0.1:{port}{path}", uid=uid), 200)
                checks.that("... at once", time.monotonic() - begun < 8, time.monotonic() - begun)
                if not request:
                    checks.equal(f"{what} still gets an answer", status(f"http://127.0.0.1:{port}/healthz", uid=STRANGER), 200)
                hoard.kill()
            until(10, "their places are not free again", lambda: status(f"http://127.0.0.1:{port}/healthz", uid=STRANGER) == 200)


with scratch() as scratch_dir, elsewhere("10.99.99.1") as other_machine:
    all_checks = Checks()
    recorded = recording(scratch_dir, "lives", "60")
    (scratch_dir / "token").write_text(TOKEN + "\n", encoding="utf-8")
    (scratch_dir / "token").chmod(0o600)
    users(all_checks, scratch_dir, recorded)
    machines(all_checks, scratch_dir, recorded, other_machine)
    token(all_checks, scratch_dir, recorded)
    refused_options(all_checks, scratch_dir, recorded)
    in_file_system(all_checks, scratch_dir, recorded)
    places(all_checks, scratch_dir, recorded)
    all_checks.end()
