"""A class of simulated users: raw WebSocket clients that speak the app's own protocol."""

from __future__ import annotations

import asyncio
import json
import random
import socket
import time
from dataclasses import dataclass
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

from benchmarks._server import Server

PAUSE = 1.0  # seconds from click to click of one user
REACH = 2.0  # clicks fall between plus and minus this many latent units
GIVE_UP = 60.0  # seconds to wait for one run of the script
MAX_MESSAGE = 64 * 2**20
DONE = {
    ForwardMsg.FINISHED_SUCCESSFULLY,
    ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY,
}


@dataclass
class User:
    """One open page.

    Attributes:
        socket: To the server.
        query: Of the link it opened.
        page: Hash of the page on show, from the `navigation` message; with any other one the
            server takes a click for a change of page.
        pin: Identity of the component that reports clicks.
        map: Which map is on show.
        fragment: The part of the page that a click redraws.
        pictures: Decoded and original images received so far.
        bytes: Received so far.
    """

    socket: ClientConnection
    query: str
    page: str = ""
    pin: str = ""
    map: str = ""
    fragment: str = ""
    pictures: int = 0
    bytes: int = 0

    async def run(self, message: BackMsg) -> None:
        """Send a message that makes the script run, and read until that run has finished."""
        await self.socket.send(message.SerializeToString())
        async with asyncio.timeout(GIVE_UP):
            while True:
                self._acknowledge_at_once()
                data = await self.socket.recv(decode=False)
                self.bytes += len(data)
                if self._read(ForwardMsg.FromString(data)):
                    return

    def _acknowledge_at_once(self) -> None:
        """Do as a browser does, which acknowledges each of a row of small messages.

        Linux otherwise waits 40 ms for something to send along, and the server, whose sockets
        collect small messages (Nagle), waits for that: a stall no browser of ours showed.
        """
        if quick := getattr(socket, "TCP_QUICKACK", None):
            plain: socket.socket = self.socket.transport.get_extra_info("socket")
            plain.setsockopt(socket.IPPROTO_TCP, quick, 1)

    def _read(self, message: ForwardMsg) -> bool:
        """Whether this was the end of a run."""
        kind = message.WhichOneof("type")
        if kind == "navigation":
            self.page = message.navigation.page_script_hash
        elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            element = message.delta.new_element
            if "<img" in element.html.body:
                self.pictures += 1
            elif element.WhichOneof("type") == "plotly_chart":
                self.map = json.loads(element.plotly_chart.spec)["layout"]["meta"]
            elif element.bidi_component.component_name == "latent_pin":
                self.pin = element.bidi_component.id
                self.fragment = message.delta.fragment_id
        elif kind == "script_finished":
            return message.script_finished in DONE
        return False

    def message(self) -> BackMsg:
        """A request to run the page's script, as yet without a cause."""
        message = BackMsg()
        message.rerun_script.query_string = self.query
        message.rerun_script.page_script_hash = self.page
        return message

    async def open(self) -> None:
        """Ask for the page and wait for all of it."""
        first = self.message()
        first.rerun_script.page_name = "explore"
        await self.run(first)
        if not (self.pin and self.map):
            raise RuntimeError("The page came without its map.")

    async def click(self, x: float, y: float) -> float:
        """Click on a place of the map; seconds until the server has answered in full."""
        message = self.message()
        message.rerun_script.fragment_id = self.fragment
        widget = message.rerun_script.widget_states.widgets.add()
        widget.id = f"$$STREAMLIT_INTERNAL_KEY_{self.pin}__events"
        value = {"x": x, "y": y, "image": None, "map": self.map}
        widget.json_trigger_value = json.dumps([{"event": "pick", "value": value}])
        start = time.perf_counter()
        await self.run(message)
        return time.perf_counter() - start


async def _clicks(user: User, start: float, seconds: float, numbers: random.Random) -> list[float]:
    """Seconds each click took; a click that is due while one is on its way is left out."""
    took = []
    due = start + numbers.random() * PAUSE
    while due < start + seconds:
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        place = numbers.uniform(-REACH, REACH), numbers.uniform(-REACH, REACH)
        took.append(await user.click(*place))
        due = max(due + PAUSE, time.perf_counter())
    return took


async def _measure(server: Server, n_users: int, seconds: float, query: str) -> dict[str, Any]:
    uri = f"ws://{server.host}/_stcore/stream"
    users: list[User] = []
    try:
        for _ in range(n_users):
            protocol: Any = "streamlit"
            connection = await connect(uri, subprotocols=[protocol], max_size=MAX_MESSAGE)
            users.append(User(connection, query))
            await users[-1].open()
        opened = sum(user.bytes for user in users)
        pictures = sum(user.pictures for user in users)
        memory, cpu, start = server.memory(), server.cpu_seconds(), time.perf_counter()
        work = [
            _clicks(user, start, seconds, random.Random(number))
            for number, user in enumerate(users)
        ]
        took = [value for values in await asyncio.gather(*work) for value in values]
        used, wall = server.cpu_seconds(), time.perf_counter() - start
        return {
            "users": n_users,
            "click_ms": [1000 * value for value in took],
            "pictures_per_click": (sum(u.pictures for u in users) - pictures) / len(took),
            "bytes_per_click": (sum(u.bytes for u in users) - opened) / len(took),
            "bytes_to_open": opened / n_users,
            "server_mib": memory,
            "server_cpu_share": None if cpu is None or used is None else (used - cpu) / wall,
        }
    finally:
        await asyncio.gather(*(user.socket.close() for user in users))


def load(server: Server, n_users: int, seconds: float, query: str) -> dict[str, Any]:
    """`n_users` open the page one after the other, then each clicks once a second."""
    return asyncio.run(_measure(server, n_users, seconds, query))
