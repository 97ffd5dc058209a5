#!/usr/bin/env bash
# codaio 0.6.12: Table.rows(limit=N) gives 200 rows at most, whatever N is, and drops the token of the next page.
#
# Coda's API allows pages of 500 rows, and says to go by nextPageToken. codaio cuts a limit down to 200 without a word,
# sends the smaller number, reads one page, and Table.rows() gives its items alone: nothing tells that there are more.
# Without a limit it reads all pages. So a caller who asks for 1,000 rows of a table of 450 gets fewer than one who does
# not say how many.
# Seen on 2026-11-29, Python 3.11, against a server of 40 lines on loopback: 200 rows with limit=1000, 450 without.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" --disable-pip-version-check install -q codaio==0.6.12
cd "$place"
"$place/venv/bin/python" -W ignore - <<'PYTHON'
import json
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

MOMENT = "2026-09-14T09:21:36.118Z"
COUNT = 450
asked = []


class Coda(BaseHTTPRequestHandler):
    def do_GET(self):
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path.rstrip("/").endswith("/rows"):
            asked.append(query)
            first, size = int(query.get("pageToken", 0)), min(int(query.get("limit", 200)), 500)
            last = min(first + size, COUNT)
            told = {"items": [self.row(number) for number in range(first, last)]}
            if last < COUNT:
                told |= {"nextPageToken": str(last), "nextPageLink": f"{base}{parts.path}?pageToken={last}"}
        elif "/tables/" in parts.path:
            told = {"id": "grid-1", "type": "table", "href": "x", "name": "Tasks", "rowCount": COUNT}
        else:
            told = {"id": "d", "type": "doc", "href": "x", "name": "Doc", "owner": "a@example.com"}
            told |= {"createdAt": MOMENT, "updatedAt": MOMENT, "browserLink": "x"}
        content = json.dumps(told).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def row(self, number):
        told = {"id": f"i-{number}", "type": "row", "href": "x", "name": str(number), "index": number}
        return told | {"createdAt": MOMENT, "updatedAt": MOMENT, "browserLink": "x", "values": {"c-1": number}}

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Coda)
base = f"http://127.0.0.1:{server.server_address[1]}"
threading.Thread(target=server.serve_forever, daemon=True).start()
os.environ["CODA_API_ENDPOINT"] = base
import codaio  # noqa: E402

table = codaio.Document("d", coda=codaio.Coda("no-token")).get_table("Tasks")
some = table.rows(limit=1000)
print("with limit=1000:", len(some), "rows; sent", asked[-1])
assert len(some) == 200 and asked[-1]["limit"] == "200"
every = table.rows()
print("without a limit:", len(every), "rows")
assert len(every) == COUNT
# A flag goes out as Python spells it, which is none of the two spellings of a boolean in a query.
assert asked[0]["useColumnNames"] == "False", asked[0]
server.shutdown()
PYTHON
echo 'as described'
