#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""An OTLP/HTTP receiver that believes nothing: every body must parse with the official protos, unknown keys refused.

otlp_receiver.py PORT DIR [--answers STATUS[:SECONDS],...] [--reject N] [--silent] [--header NAME=VALUE] [--tls FILE]

Answers 200, after the statuses that --answers lists (SECONDS: Retry-After), one a request. --reject: with partialSuccess.
--silent: takes a request and never answers. --tls: https, with key and certificate from FILE. DIR/bodies has what was answered with 200, one JSON object a line; DIR/answers
"PATH STATUS RECORDS" of each request; DIR/problems what is wrong with a body or a header.
"""
import argparse
import base64
import gzip
import http.server
import json
import pathlib
import socketserver
import ssl
import sys
import threading
import time

from google.protobuf import json_format
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2

REQUEST = {
    "/v1/traces": trace_service_pb2.ExportTraceServiceRequest,
    "/v1/logs": logs_service_pb2.ExportLogsServiceRequest,
}
BYTES = {"traceId": 32, "spanId": 16, "parentSpanId": 16}
NUMBERS = {"startTimeUnixNano", "endTimeUnixNano", "timeUnixNano", "observedTimeUnixNano", "intValue"}
LOCK = threading.Lock()


class Problem(Exception):
    pass


def need(condition, text):
    if not condition:
        raise Problem(text)


def to_proto_json(node):
    """OTLP has ids in hexadecimal where Protobuf's JSON has base64; 64-bit numbers must be decimal strings."""
    if isinstance(node, list):
        return [to_proto_json(item) for item in node]
    if not isinstance(node, dict):
        return node
    out = {}
    for key, value in node.items():
        if key in BYTES:
            need(isinstance(value, str) and len(value) == BYTES[key] and value == value.lower(), f"{key}: {value!r}")
            need(int(value, 16) != 0, f"{key} is zero")
            out[key] = base64.b64encode(bytes.fromhex(value)).decode()
        else:
            need(key not in NUMBERS or (isinstance(value, str) and value.lstrip("-").isdigit()), f"{key}: {value!r}")
            out[key] = to_proto_json(value)
    return out


def check_attributes(where, attributes):
    keys = [attribute["key"] for attribute in attributes]
    need(len(keys) == len(set(keys)), f"{where}: an attribute twice: {sorted(keys)}")
    need(all(len(a["value"]) == 1 for a in attributes), f"{where}: an attribute without one value")


def check_span(span):
    name = span["name"]
    check_attributes(name, span["attributes"])
    need(int(span["startTimeUnixNano"]) <= int(span["endTimeUnixNano"]), f"{name} ends before it starts")
    need(int(span["startTimeUnixNano"]) > 10**18, f"{name}: no wall clock")
    need(("parentSpanId" in span) == (name != "tcp connection"), f"{name}: parentSpanId")
    need(span.get("parentSpanId") != span["spanId"], f"{name}: its own parent")
    need(span["kind"] in ((1, 2, 3) if name == "tcp connection" else (1,)), f"{name}: kind {span['kind']}")
    for event in span.get("events", []):
        check_attributes(event["name"], event["attributes"])


def check_log(log):
    check_attributes(log["eventName"], log["attributes"])
    record = json.loads(log["body"]["stringValue"])
    need(record["schema"] == log["eventName"], "eventName is not the record's schema")
    need(record["id"] == log["traceId"], "traceId is not the record's id")


def check_body(path, body):
    """How many spans or logs it has."""
    count = 0
    kinds = ("resourceSpans", "scopeSpans", "spans", check_span)
    if path == "/v1/logs":
        kinds = ("resourceLogs", "scopeLogs", "logRecords", check_log)
    json_format.ParseDict(to_proto_json(body), REQUEST[path](), ignore_unknown_fields=False)
    need(list(body) == [kinds[0]] and body[kinds[0]], "an empty envelope")
    for resource in body[kinds[0]]:
        check_attributes("resource", resource["resource"]["attributes"])
        need(any(a["key"] == "service.name" for a in resource["resource"]["attributes"]), "no service.name")
        for scope in resource[kinds[1]]:
            need(scope["scope"]["name"] and scope[kinds[2]], "an empty scope")
            for item in scope[kinds[2]]:
                kinds[3](item)
                count += 1
    return count


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def note(self, name, text):
        with LOCK, open(self.server.folder / name, "a", encoding="utf-8") as file:
            file.write(text + "\n")

    def read_body(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        need(self.path in REQUEST, f"path {self.path}")
        need(self.headers["Content-Type"] == "application/json", f"Content-Type {self.headers['Content-Type']}")
        for name, value in self.server.headers.items():
            need(self.headers[name] == value, f"header {name}: {self.headers[name]!r}")
        packed = self.headers["Content-Encoding"] == "gzip"
        self.note("encodings", self.headers["Content-Encoding"] or "none")
        return json.loads(gzip.decompress(body) if packed else body)

    def answer(self, status, wait, text):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        if wait:
            self.send_header("Retry-After", wait)
        self.end_headers()
        self.wfile.write(text.encode())

    def do_POST(self):
        count = 0
        with LOCK:
            status, _, wait = self.server.answers.pop(0).partition(":") if self.server.answers else ("200", "", "")
        try:
            body = self.read_body()
            count = check_body(self.path, body)
        except Exception as problem:  # of whatever kind: the body is foreign, and the test must see it
            self.note("problems", f"{self.path}: {problem!r}"[:2000])
        self.note("answers", f"{self.path} {status} {count} {time.monotonic():.3f}")
        if self.server.silent:
            time.sleep(3600)
        if status == "200" and count:
            self.note("bodies", json.dumps(body))
        text = "{}" if status == "200" else '{"code":3,"message":"as the test\\u001b[2J asked"}\x1b[31m'
        if status == "200" and self.server.reject:
            key = "rejectedSpans" if self.path == "/v1/traces" else "rejectedLogRecords"
            text = json.dumps({"partialSuccess": {key: str(self.server.reject), "errorMessage": "no more today"}})
        self.answer(int(status), wait, text)


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    allow_reuse_address = True


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--answers", default="")
    parser.add_argument("--reject", type=int, default=0)
    parser.add_argument("--silent", action="store_true")
    parser.add_argument("--header", action="append", default=[])
    parser.add_argument("--tls")
    arguments = parser.parse_args()
    arguments.folder.mkdir(exist_ok=True)
    with Server(("127.0.0.1", arguments.port), Handler) as server:
        server.folder = arguments.folder
        server.answers = [answer for answer in arguments.answers.split(",") if answer]
        server.reject = arguments.reject
        server.silent = arguments.silent
        server.headers = dict(header.split("=", 1) for header in arguments.header)
        if arguments.tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(arguments.tls)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        (arguments.folder / "ready").touch()
        server.serve_forever()


sys.exit(main())
