"""`python -m benchmarks._delay PORT SECONDS`: a long line to a port of loopback.

Every byte takes so many seconds, each way. Prints the port at which the line begins, and lives
until standard input ends.
"""

import asyncio
import os
import sys

CHUNK = 2**18


async def main(port: int, seconds: float) -> None:
    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        while chunk := await reader.read(CHUNK):
            loop.call_later(seconds, writer.write, chunk)
        loop.call_later(seconds, writer.close)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind, into = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(carry(reader, into), carry(behind, writer), return_exceptions=True)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    os._exit(0)  # whatever is still on the line


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2])))
