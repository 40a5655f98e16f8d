"""A mail server in a thread: it says what it is told to say, and keeps what it is sent.

Quick and without encryption; a real one in another process is in `server.py`.
"""

import socket
import threading
from collections.abc import Mapping
from types import MappingProxyType
from typing import BinaryIO

WELL = "250 well"
SILENCE = ""  # as the answer to a letter: it is kept, and the line goes dead


class MailServer:
    """Answers one conversation at a time; `answers` overrides what it says to a command."""

    def __init__(self, answers: Mapping[str, str] = MappingProxyType({})) -> None:
        self.answers = dict(answers)
        self.heard: list[str] = []
        self.letters: list[str] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> "MailServer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(5)

    def _serve(self) -> None:
        while True:
            try:
                connection, _address = self._socket.accept()
            except OSError:
                return
            try:
                self._say(connection, self.answers.get("CONNECT", "220 test"))
                self._talk(connection)
            except OSError:
                pass  # the other side hung up
            finally:
                connection.close()

    def _talk(self, connection: socket.socket) -> None:
        with connection.makefile("rb") as lines:
            while line := lines.readline().decode().strip():
                self.heard.append(line.upper())
                word = line.split()[0].upper()
                self._say(connection, self.answers.get(word, self._usual(word)))
                if word == "DATA" and "DATA" not in self.answers:
                    self._read_letter(connection, lines)
                if word == "QUIT":
                    break

    def _usual(self, word: str) -> str:
        offers = "250-test\r\n250 AUTH PLAIN"
        usual = {"EHLO": offers, "DATA": "354 go on", "QUIT": "221 bye"}
        return usual.get(word, "235 welcome" if word == "AUTH" else WELL)

    def _read_letter(self, connection: socket.socket, lines: BinaryIO) -> None:
        letter = b""
        while not letter.endswith(b"\r\n.\r\n"):
            letter += lines.readline()
        self.letters.append(letter.decode())
        if self.answers.get("LETTER") == SILENCE:
            raise ConnectionAbortedError
        self._say(connection, self.answers.get("LETTER", WELL))

    def _say(self, connection: socket.socket, answer: str) -> None:
        connection.sendall(f"{answer}\r\n".encode())
