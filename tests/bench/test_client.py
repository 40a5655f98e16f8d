"""The clients of the measurements read answers to their end, however they come in pieces."""

import gzip
import itertools
import socket
import threading
from contextlib import contextmanager

import pytest

from bench.client import BadAnswer, Connection, at_once, one_by_one
from bench.measure import Figures, percentile
from bench.table import judge, judge_past

PAGE = "Blåbærtur".encode()


@contextmanager
def answering(*pieces):
    """Run a server that answers every request with the same pieces, one after the other."""
    listening = socket.create_server(("127.0.0.1", 0))

    def talk(connection):
        with connection:
            while connection.recv(65536):
                for piece in pieces:
                    connection.sendall(piece)

    def listen():
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=talk, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    try:
        yield listening.getsockname()
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join()


def ask_once(address):
    connection = Connection(address)
    try:
        return connection.ask(b"GET / HTTP/1.1\r\n\r\n")
    finally:
        connection.close()


def test_an_answer_in_pieces_is_read_to_its_end():
    packed = gzip.compress(PAGE)
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    with answering(head[:20], head[20:] + packed[:5], packed[5:]) as address:
        answer = ask_once(address)
    assert (answer.status, answer.body, answer.text()) == (200, packed, PAGE.decode())


def test_an_answer_without_a_body_ends_with_its_head():
    with answering(b"HTTP/1.1 304 Not Modified\r\nETag: W/x\r\n\r\n") as address:
        answer = ask_once(address)
    assert (answer.status, answer.header("etag"), answer.body) == (304, "W/x", b"")


def test_an_answer_that_was_not_expected_ends_the_measurement():
    with answering(b"HTTP/1.1 422 No\r\nContent-Length: 9\r\n\r\n<p>Nei</p>"[:-1]) as address:
        connection = Connection(address)
        with pytest.raises(BadAnswer, match=r"answered 422, not 200: Nei"):
            one_by_one(connection, itertools.repeat(b"GET / HTTP/1.1\r\n\r\n"), 3, 200)
        connection.close()


def test_a_round_counts_every_answer_and_ends_with_its_requests():
    with answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") as address:
        clients = [itertools.repeat(b"GET / HTTP/1.1\r\n\r\n", number) for number in (3, 0, 7)]
        load = at_once(address, clients, 10)
    assert (load.answers, load.statuses, len(load.times)) == (10, {200: 10}, 10)
    assert load.per_second > 0


def test_a_percentile_is_a_value_that_was_measured():
    assert percentile([5.0, 1.0, 3.0, 2.0, 4.0], 50) == 3.0
    assert percentile([1.0], 95) == 1.0


def test_a_figure_that_misses_its_target_is_said_to():
    slow = Figures("move", "move", median=9.0, per_second=200, packed=2000, queries=10)
    told = {each.target: each.is_reached for each in judge(slow, 1000)}
    assert told == {
        "<= 6 ms": False, ">= 300/s": False, "<= 3000 B": True, "<= 10 SQL": True,
    }  # fmt: skip


def test_a_refused_request_spoils_the_round():
    refused = Figures("move", "move", median=1.0, per_second=900, refused=1)
    assert [each.is_reached for each in judge(refused, 1000) if "/s" in each.target] == [False]


def test_the_board_of_past_days_is_held_against_that_of_today():
    today, past = {"key": "board", "median": 12.0}, {"key": "board_past", "median": 60.0}
    assert [each.is_reached for each in judge_past([today, past])] == [True]
    assert [each.is_reached for each in judge_past([today, past | {"median": 61.0}])] == [False]
    assert judge_past([past]) == []
