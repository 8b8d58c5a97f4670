"""A recording relay: passes requests on as they are and keeps what went both ways."""

import http.client
import http.server
import threading
import urllib.parse

PER_CONNECTION = {"connection", "keep-alive", "transfer-encoding", "content-length", "host"}


class Exchange:
    def __init__(self, method, target, headers, body):
        self.method, self.target, self.headers, self.body = method, target, headers, body
        self.status, self.answer = 0, b""


class Relay:
    """Listens on a free port until stop(). `exchanges` grows by one a request, in the order of their answers."""

    def __init__(self, upstream):
        self.exchanges = []
        where = urllib.parse.urlsplit(upstream)
        relay = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def pass_on(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                exchange = Exchange(self.command, self.path, dict(self.headers.items()), body)
                headers = {k: v for k, v in self.headers.items() if k.lower() not in PER_CONNECTION}
                connection = http.client.HTTPConnection(where.hostname, where.port, timeout=60)
                try:
                    connection.request(self.command, self.path, body or None, headers)
                    answer = connection.getresponse()
                    exchange.status, exchange.answer, kept = answer.status, answer.read(), answer.getheaders()
                except OSError as failed:    # what stands behind us is gone: say so, as a gateway does
                    exchange.status, exchange.answer, kept = 502, str(failed).encode(), []
                finally:
                    connection.close()
                relay.exchanges.append(exchange)
                self.send_response(exchange.status)
                for name, value in kept:
                    if name.lower() not in PER_CONNECTION | {"date", "server"}:
                        self.send_header(name, value)
                if exchange.status != 204:
                    self.send_header("Content-Length", str(len(exchange.answer)))
                self.end_headers()
                self.wfile.write(exchange.answer)

            do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = pass_on

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(10)
