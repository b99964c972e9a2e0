"""Answers HTTP as werkzeug's server does, but keeps connections open.

werkzeug closes each after one request: a connection and a thread for every
request are a fifth of the emulator's time, and cost its clients as well.
"""

import io

from moto.moto_server.werkzeug_app import MotoRequestHandler


class Handler(MotoRequestHandler):
    wbufsize = -1  # an answer's head and body go out together

    def run_wsgi(self):
        if self.headers.get("Expect", "").lower() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            self.wfile.flush()
        environ = self.make_environ()
        # Read to its end, behind which the next request begins.
        stream, length = environ["wsgi.input"], int(environ.get("CONTENT_LENGTH") or 0)
        environ["wsgi.input"] = io.BytesIO(stream.read() if environ.get("wsgi.input_terminated") else stream.read(length))
        begun = []
        body = b"".join(self.server.app(environ, lambda *head: begun.append(head)))
        status, headers, *_ = begun[-1]
        code, _, reason = status.partition(" ")
        self.send_response(int(code), reason)
        for name, value in headers:
            self.send_header(name, value)
        if self.command == "HEAD" or code in ("204", "304"):
            body = b""
        elif not any(name.lower() == "content-length" for name, _ in headers):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
