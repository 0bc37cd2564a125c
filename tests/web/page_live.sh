#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
# The page in Chromium while tracing: the age and the bytes of what is open, a TIME_WAIT that runs out, and the page's own connections,
# which are not shown unless asked for. Root: a network namespace.
. "$(dirname "$0")/../live/lib.sh"
need chromium chromedriver

make_netns alone
at=$((port + 90))
/usr/bin/python3 -c "import selenium" 2> /dev/null || skip "python3-selenium is missing (make deps installs it)"
start_tracer web "$alone" --netns "$alone" --web="127.0.0.1:$at"
cat > "$work/look.py" << 'PY'
import socket
import sys

sys.path.insert(0, sys.argv[1])
from browser import Page
from served import Checks

at, port = int(sys.argv[2]), int(sys.argv[3])
checks = Checks()
with socket.create_server(("127.0.0.1", port)) as server, Page(at) as page:
    held = socket.create_connection(("127.0.0.1", port))
    accepted, _ = server.accept()
    held.sendall(b"x" * 3000)
    row = "[...document.querySelectorAll('#body tr[data-id]')].find(tr => tr.querySelector('.server').textContent.endsWith(':' + args[0]))"
    page.wait("it is live", "document.getElementById('mode').textContent === 'live'")
    page.wait("the open connection", row, str(port))
    page.wait("its bytes", row + "?.children[7].textContent === '2.93 KiB'", str(port))
    page.wait("its age grows", "window.aged ??= " + row + "?.children[6].textContent, window.aged !== " + row + "?.children[6].textContent", str(port))
    own = "return [...document.querySelectorAll('#body tr[data-id] .server')].some(e => e.textContent.endsWith(':%d'))" % at
    checks.that("the page's own are not shown", not page.run(own))
    page.one("#filter-own").click()
    checks.that("... unless asked for", page.run(own))
    checks.that("... which stands in the address", "own=1" in page.run("return location.search"))
    page.one("#filter-own").click()
    while len(accepted.recv(3000, socket.MSG_PEEK)) < 3000:
        pass
    accepted.recv(3000)
    held.close()
    accepted.close()
    page.wait("TIME_WAIT counts down", "/^[3-6]?[0-9] s left$/.test(" + row + "?.children[10].textContent)", str(port))
    page.wait("... by the second", "window.left ??= " + row + ".children[10].textContent, window.left !== " + row + ".children[10].textContent", str(port))
    page.filter(where=f"server.port == {port}")
    page.wait("an expression", "document.getElementById('count').textContent.startsWith('1 ')")
checks.end()
PY
inside "$alone" /usr/bin/python3 "$work/look.py" "$top/tests/web" "$at" "$port" > "$work/looked" 2>&1 || fail "$(cat "$work/looked" "$work/web.err")"
cat "$work/looked"
stop_tracer web
