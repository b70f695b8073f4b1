#!/usr/bin/python3
"""A directory for rollcall: Python over LDAP (Debian's python3-ldap). README.md says how to run it."""

import base64
import hmac
import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import ldap
from ldap.controls import SimplePagedResultsControl
from ldap.filter import escape_filter_chars

LISTEN = os.environ.get("LISTEN", "127.0.0.1:8080")
SERVICE_USER = os.environ.get("SERVICE_USER", "")
SERVICE_PASSWORD = os.environ.get("SERVICE_PASSWORD", "")
# ldaps:// for a server on another machine: the passwords of users are sent to it.
LDAP_URI = os.environ.get("LDAP_URI", "ldap://127.0.0.1:3890")
LDAP_BASE = os.environ.get("LDAP_BASE", "ou=People,dc=example,dc=com")
LDAP_BIND_DN = os.environ.get("LDAP_BIND_DN", "")
LDAP_BIND_PASSWORD = os.environ.get("LDAP_BIND_PASSWORD", "")
LDAP_FILTER = os.environ.get("LDAP_FILTER", "(&(objectClass=inetOrgPerson)(uid=*))")

LONGEST_FORM = 64 * 1024
PAGE_SIZE = 500
# A wrong password, nobody of that name, or somebody without a password. Anything else is a failure.
REFUSALS = (ldap.INVALID_CREDENTIALS, ldap.NO_SUCH_OBJECT, ldap.INAPPROPRIATE_AUTH)


def connect(bind_dn, password):
    connection = ldap.initialize(LDAP_URI)
    connection.set_option(ldap.OPT_REFERRALS, 0)
    connection.set_option(ldap.OPT_NETWORK_TIMEOUT, 5)
    connection.timeout = 60
    try:
        connection.simple_bind_s(bind_dn, password)
    except ldap.LDAPError:
        connection.unbind_s()
        raise
    return connection


def search(ldap_filter):
    """Finds entries, page by page. A limit, or a reference to another server, is an error and never a shorter list."""
    attributes = ["uid", "cn", "mail"]
    found = []
    connection = connect(LDAP_BIND_DN, LDAP_BIND_PASSWORD)
    try:
        page = SimplePagedResultsControl(True, size=PAGE_SIZE, cookie="")
        while True:
            sent = connection.search_ext(LDAP_BASE, ldap.SCOPE_SUBTREE, ldap_filter, attributes, serverctrls=[page])
            _, entries, _, controls = connection.result3(sent)
            if None in (dn for dn, _ in entries):
                raise ldap.REFERRAL
            found += entries
            cookies = [c.cookie for c in controls if c.controlType == SimplePagedResultsControl.controlType]
            if not cookies or not cookies[0]:
                return found
            page.cookie = cookies[0]
    finally:
        connection.unbind_s()


def entry_of(dn, values):
    texts = {name: [value.decode() for value in values.get(name, [])] for name in ("uid", "cn", "mail")}
    # LDAP promises no order: of several names, the least counts. OpenLDAP keeps that of addresses; the first is primary.
    return {
        "userName": min(texts["uid"]),
        # It should begin with a number or a UUID: one with the uid in it changes with the name.
        "distinguishedName": dn,
        "fullName": min(texts["cn"], default=None),
        "emailAddresses": texts["mail"],
    }


def is_password_of(user_name, password):
    # Many LDAP servers take a bind with an empty password for an anonymous one, and say yes to it.
    if password == "":
        return False
    found = search(f"(&{LDAP_FILTER}(uid={escape_filter_chars(user_name)}))")
    # Somebody who guesses must not see by the time whether a name exists: there is a bind for unknown ones, too.
    dn = found[0][0] if len(found) == 1 else f"cn=nobody,{LDAP_BASE}"
    try:
        connect(dn, password).unbind_s()
    except REFUSALS:
        return False
    return len(found) == 1


def is_service(authorization):
    expected = base64.b64encode(f"{SERVICE_USER}:{SERVICE_PASSWORD}".encode()).decode()
    return hmac.compare_digest(authorization.encode(), f"Basic {expected}".encode())


def answer(form):
    """The status and what is sent as JSON."""
    command = form.get("cmd")
    if command == "list":
        return 200, [entry_of(dn, values) for dn, values in search(LDAP_FILTER)]
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
    if not SERVICE_USER or not SERVICE_PASSWORD:
        sys.exit("set SERVICE_USER and SERVICE_PASSWORD, which rollcall has to send")
    host, _, port = LISTEN.rpartition(":")
    ThreadingHTTPServer((host, int(port)), Directory).serve_forever()
