#!/usr/bin/env python3
"""Trunkline in an asyncio service: receives webhooks of the service on loopback.

    RETELL_API_KEY=... asyncio_service.py [PORT]       --self-test: sends itself a good and a forged delivery, and ends

What it shows: the signature is checked over the raw bytes before anything parses them; a call that ends gives its lease
back; work behind it is guarded by the breaker and the limiter that all processes of this host share; a log line is masked
where it is finished; and the client is awaited, so that a slow answer of the service holds nobody up.
"""
import asyncio
import json
import logging
import os
import sys
from typing import Any, Dict, Tuple

import trunkline as tl

log = logging.getLogger("receiver")
LARGEST = 1 << 20


class Receiver:
    def __init__(self, client: tl.AsyncClient, keys: Tuple[str, ...]) -> None:
        space = tl.Space("asyncio-service")
        self.client = client
        self.webhook = tl.Webhook(keys)
        self.breaker = space.breaker("retell", "default", "calls")
        self.limiter = space.limiter("retell", "default", "calls")
        self.leases = space.leases("retell", "default")

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            status = await asyncio.wait_for(self.answer(reader), 10)
        except (asyncio.TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError):
            status = 400
        writer.write(f"HTTP/1.1 {status} -\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()

    async def answer(self, reader: asyncio.StreamReader) -> int:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers: Dict[str, str] = {}
        for line in head[1:]:
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
        size = int(headers.get("content-length", "0"))
        if not 0 <= size <= LARGEST:
            return 413
        body = await reader.readexactly(size)
        signature = self.webhook.verify(body, headers.get(tl.SIGNATURE_HEADER.lower()))
        if signature is not tl.Signature.OK:
            log.warning("refused a delivery: %s", signature.name.lower())
            return 401
        await self.handle(json.loads(body))
        return 200

    async def handle(self, event: Dict[str, Any]) -> None:
        call = event.get("call", {})
        log.info("event %s from %s", event.get("event"), call.get("from_number"))    # the number is masked in the line
        if event.get("event") == "call_ended":
            try:
                self.leases.ended(call["call_id"])
            except tl.LeaseGone:
                pass    # not one of ours
        wait = self.limiter.wait_time(priority=tl.Priority.BACKGROUND)
        if wait:
            await asyncio.sleep(wait)
        try:
            with self.breaker.call():
                await self.client.request({"op": "version"})
        except tl.CircuitOpen as e:
            log.warning("the service is unwell, again in %.1f s", e.retry_after)


async def send(port: int, body: bytes, signature: str) -> str:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"POST / HTTP/1.1\r\nContent-Length: {len(body)}\r\n{tl.SIGNATURE_HEADER}: {signature}\r\n\r\n".encode() + body)
    status = (await reader.readline()).split()[1].decode()
    writer.close()
    return status


async def main() -> None:
    key = os.environ["RETELL_API_KEY"]
    masker = tl.Masker()
    masker.register_secret(key)
    handler = logging.StreamHandler()
    handler.setFormatter(tl.MaskingFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"), masker))
    logging.basicConfig(level=logging.INFO, handlers=[handler])

    self_test = sys.argv[1:] == ["--self-test"]
    async with tl.AsyncClient() as client:
        receiver = Receiver(client, (key,))
        port = 0 if self_test else int(sys.argv[1]) if sys.argv[1:] else 8080
        server = await asyncio.start_server(receiver.serve, "127.0.0.1", port, limit=LARGEST)
        port = server.sockets[0].getsockname()[1]
        log.info("listening on http://127.0.0.1:%d", port)
        if not self_test:
            await server.serve_forever()
        body = json.dumps({"event": "call_ended", "call": {"call_id": "call_1", "from_number": "+493023125001"}}).encode()
        signature = tl.Webhook.sign(body, key)
        print(await send(port, body, signature), await send(port, body + b" ", signature))
        server.close()


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        pass
