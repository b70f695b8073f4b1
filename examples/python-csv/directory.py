#!/usr/bin/python3
"""A directory for rollcall: Python (its standard library only) over a CSV file. README.md says how to run it."""

import base64
import csv
import hashlib
import hmac
import json
import os
import secrets
import sys
from getpass import getpass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

HERE = os.path.dirname(os.path.abspath(__file__))
USERS_CSV = os.environ.get("USERS_CSV", os.path.join(HERE, "users.csv"))
LISTEN = os.environ.get("LISTEN", "127.0.0.1:8080")
SERVICE_USER = os.environ.get("SERVICE_USER", "")
SERVICE_PASSWORD = os.environ.get("SERVICE_PASSWORD", "")

LONGEST_FORM = 64 * 1024


def hash_of(password, salt):
    # One at a time takes 16 MB; more than a few at once belong behind a limit of the web server.
    return hashlib.scrypt(password.encode(), salt=bytes.fromhex(salt), n=2**14, r=8, p=1).hex()


def new_hash(password):
    salt = secrets.token_hex(16)
    return f"{salt}:{hash_of(password, salt)}"


# Checked for unknown names, so that they take as long as known ones.
DUMMY_HASH = new_hash(secrets.token_hex(16))


def read_users():
    """Reads the file for each request, so that an edit needs no restart. A damaged file is an error, not a shorter list."""
    with open(USERS_CSV, encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, strict=True))
    for number, row in enumerate(rows, start=1):
        if None in row or None in row.values() or row["userName"].strip() == "":
            raise ValueError(f"row {number} of the users is not complete")
    return rows


def entry_of(row):
    return {
        "userName": row["userName"],
        # A number that stays when the name changes: it tells who is who.
        "distinguishedName": f"UID={int(row['number'])},OU=Staff,DC=example,DC=com",
        "fullName": row["fullName"],
        # The first is the primary address.
        "emailAddresses": row["emailAddresses"].split(),
    }


def is_password_of(user_name, password):
    found = [row for row in read_users() if row["userName"] == user_name]
    stored = found[0]["passwordHash"] if len(found) == 1 else ""
    salt, _, wanted = (stored or DUMMY_HASH).partition(":")
    is_equal = hmac.compare_digest(hash_of(password, salt), wanted)
    return is_equal and stored != "" and password != ""


def is_service(authorization):
    expected = base64.b64encode(f"{SERVICE_USER}:{SERVICE_PASSWORD}".encode()).decode()
    return hmac.compare_digest(authorization.encode(), f"Basic {expected}".encode())


def answer(form):
    """The status and what is sent as JSON."""
    command = form.get("cmd")
    if command == "list":
        return 200, [entry_of(row) for row in read_users()]
    if command == "auth":
        return 200, {"authenticated": is_password_of(form.get("userName", ""), form.get("password", ""))}
    return 400, {"error": "cmd must be list or auth"}


class Directory(BaseHTTPRequestHandler):
    timeout = 30

    def do_POST(self):
        length = self.headers.get("Content-Length", "")
        if not length.isascii() or not length.isdigit() or int(length) > LONGEST_FORM:
            return self.send(413, {"error": "the form is too large, or its length is missing"})
        body = self.rfile.read(int(length))
        if not is_service(self.headers.get("Authorization", "")):
            return self.send(401, {"error": "wrong service user or password"})
        try:
            form = parse_qs(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=20)
        except ValueError:
            return self.send(400, {"error": "this is not a form in UTF-8"})
        try:
            status, value = answer({name: values[0] for name, values in form.items()})
        except Exception as error:
            # Neither a name nor a password belongs into a log.
            print(f"failed: {type(error).__name__}", file=sys.stderr, flush=True)
            status, value = 500, {"error": "see the log of the directory"}
        self.send(status, value)

    def send(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        if status == 401:
            self.send_header("WWW-Authenticate", 'Basic realm="directory", charset="UTF-8"')
        self.send_header("Content-Type", "application/json; charset=utf-8")
        # With it, an answer that is cut is recognized.
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    if sys.argv[1:] == ["hash"]:
        print(new_hash(getpass("New password: ")))
        sys.exit()
    if not SERVICE_USER or not SERVICE_PASSWORD:
        sys.exit("set SERVICE_USER and SERVICE_PASSWORD, which rollcall has to send")
    host, _, port = LISTEN.rpartition(":")
    ThreadingHTTPServer((host, int(port)), Directory).serve_forever()
