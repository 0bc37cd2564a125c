#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""--where against jq: the expressions of tests/where.tsv, each beside what it is for jq, on 10,000 varied records.

The records are those of tests/cases' stories, over and over, each time with other ports, addresses, processes and paces."""

import glob, os, random, re, subprocess, sys, tempfile

OUT = os.environ.get("OUT", "build")
RECORDS = 10000
ALWAYS = ["client"]
NAMES = ["nginx", "nginx: worker", "curl", "CURL", "my\"own\"app", "kworker/3", "abb", "aababbb", "ab", "Python", "x\\ty", "sshd"]
PORTS = [22, 80, 443, 5432, 8000, 8042, 8099, 8100, 9000, 65535]


def varied(line, chance):
    """A line of a story, in which numbers and names are others; the same ones within a copy of the story."""

    def other(kind, old, new):
        return chance["map"].setdefault((kind, old), new)

    r = chance["random"]
    if line.startswith(("client ", "server ")):
        line = re.sub(r":(\d+)( |$)", lambda m: f":{other('port', m[1], r.choice(PORTS + [r.randint(1, 65535)]))}{m[2]}", line, count=1)
        line = re.sub(r" 10\.(\d+)\.(\d+)\.", lambda m: f" {other('net', m[0], r.choice(['10.0.0.', '10.200.3.', '192.168.7.', '172.16.0.']))}", line, count=1)
        line = re.sub(r"isn=(\d+)", lambda m: f"isn={other('isn', m[1], r.randrange(2**31))}", line)
    line = re.sub(r"task=(\d+):(\S+)", lambda m: f"task={other('pid', m[1], r.randint(90, 4000))}:{other('name', m[2], r.choice(NAMES).replace(' ', ''))}", line)
    line = re.sub(r"uid=(\d+)(?= |$)", lambda m: f"uid={other('uid', m[1], r.choice([0, 33, 101, 1000]))}", line)
    return line


def copies(stories, rounds):
    """All stories, one after the other, `rounds` times, each with a pace of its own."""
    begin, lines = 0.0, ["wall 2026-11-22T21:00:00Z", "host none", "client 10.0.0.1:1", "server 10.0.0.2:2", "+0.0 cgroup /system.slice/shop.service id=7777"]
    for n in range(rounds):
        for name, text in stories:
            chance = {"random": random.Random(f"{n} {name}"), "map": {}}
            pace = 1.0 if n == 0 else chance["random"].choice([0.01, 0.5, 1.0, 3.0])
            end = begin
            for line in text:
                if line.startswith(("wall ", "ports ")):
                    continue
                if line.startswith("+"):
                    at, rest = line[1:].split(" ", 1)
                    end = begin + float(at) * pace
                    line = f"+{end:.9f} {rest}"
                line = re.sub(r"since=\+([0-9.]+)", lambda m: f"since=+{begin + float(m[1]) * pace:.9f}", line)
                line = line if re.search(r" (cgroup /|container )", line) else re.sub(r"\bid=(\d+)", lambda m: f"id={int(m[1]) + (n + 1) * 100000 if int(m[1]) < 100000 else m[1]}", line)
                if " cgroup /" not in " ".join(text):
                    line = line.replace("cgroup=4242", "cgroup=7777")
                lines.append(line if n == 0 else varied(line, chance))
            begin = end + 400
    return lines


def stories():
    """Lines without comments. Not those whose connections take others' events with them when they are repeated."""
    for path in sorted(glob.glob("tests/cases/*.events")):
        if not re.search(r"lost|undecided|odd_sockets", path):
            yield path, [line for line in (line.split("#")[0].strip() for line in open(path)) if line]


def make_records(work):
    """A recording, and the same as JSON: how many records."""
    count, rounds = 0, 1
    while count < RECORDS:
        rounds = RECORDS * rounds // count + 1 if count else 1
        with open(f"{work}/events", "w") as f:
            f.write("\n".join(copies(list(stories()), rounds)) + "\n")
        subprocess.run([f"{OUT}/tests/tools/events2rec", f"{work}/events", f"{work}/rec"], check=True)
        count = len(asked(work, f"{work}/json"))
    return count


def asked(work, path, *options):
    """The ids of the records that the program writes."""
    with open(path, "w") as f:
        subprocess.run([f"{OUT}/tcplife-trace", "-r", f"{work}/rec", "--json", "--whole", *options], stdout=f, stderr=subprocess.DEVNULL, check=True)
    return [line[line.index('"id":"') + 6:][:32] for line in open(path)]


def by_tool(work, expressions):
    with open(f"{work}/expressions", "w") as f:
        f.writelines(e + "\n" for e, _ in expressions)
    done = subprocess.run([f"{OUT}/tests/tools/query", f"{work}/rec", f"{work}/expressions"], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"FAILED {done.stderr}")
    return [line.split() for line in done.stdout.splitlines()], done.stderr.strip()


def by_jq(work, expressions):
    with open(f"{work}/jq", "w") as f:
        f.write(". as $r | [.id, ([" + ",\n".join(f"(if ($r | {jq}) then 1 else 0 end)" for _, jq in expressions) + "] | map(tostring) | add)] | join(\" \")\n")
    return [line.split() for line in subprocess.run(["jq", "-r", "-f", f"{work}/jq", f"{work}/json"], stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()]


def main():
    failed = 0
    expressions = [line.rstrip("\n").split("\t") for line in open("tests/where.tsv")]
    with tempfile.TemporaryDirectory() as work:
        count = make_records(work)
        ours, speed = by_tool(work, expressions)
        theirs = by_jq(work, expressions)
        print(f"{count} records: {speed}")
        if [line[0] for line in ours] != [line[0] for line in theirs]:
            sys.exit(f"FAILED {len(ours)} connections, {len(theirs)} records")
        for i, (expression, jq) in enumerate(expressions):
            fit = [line[0] for line in theirs if line[1][i] == "1"]
            got = [line[0] for line in ours if line[1][i] == "1"]
            if i % 16 == 0:  # and by the program itself
                got = asked(work, f"{work}/asked", "--where", expression) if got == fit else got
            wrong = sorted(set(fit) ^ set(got))
            if wrong or len(fit) != len(got):
                failed += 1
                print(f"FAILED {expression}: {len(wrong)} differ from jq's, the first is {wrong[:1]}")
            elif len(fit) in (0, count) and expression not in ALWAYS:
                failed += 1
                print(f"FAILED {expression}: fits {len(fit)} of {count}, which tests nothing")
    print(f"{len(expressions) - failed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
