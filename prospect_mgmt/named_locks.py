"""One at a time: MariaDB's named locks, which outlive a commit and go with the connection that took them."""

import hashlib
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain

import frappe

WAIT = 20  # seconds for others who are at work on the same


class Busy(Exception):
	"""Somebody else has been at work on the same for WAIT seconds."""


@contextmanager
def alone(names: Iterable[str | None]) -> Iterator[None]:
	"""Only one at a time works on any of these, on whatever machine; taken in one order, so that nobody waits in a ring.

	Raises Busy when they cannot be had within WAIT seconds, all of them together.
	"""
	locks = sorted({lock_of(name) for name in names if name})
	until = time.monotonic() + WAIT
	taken = []
	try:
		while len(taken) < len(locks):
			taken += _take(locks[len(taken) :], max(until - time.monotonic(), 0))
		yield
	finally:
		_release(taken)


def lock_of(name: str) -> str:
	"""A name as MariaDB takes it, however long it is; all sites of a server share their names."""
	of_site = f"{frappe.conf.db_name}:{name}"
	return f"prospect:{hashlib.sha256(of_site.encode()).hexdigest()[:40]}"


def _take(locks: list[str], seconds: float) -> list[str]:
	"""As many as can be had in their order: the first within so many seconds, the others only if they are free. Raises Busy."""
	waits = [seconds, *[0] * (len(locks) - 1)]
	had = _call("GET_LOCK(%s, %s)", list(zip(locks, waits, strict=True)))
	missed = next((at for at, got in enumerate(had) if not got), len(locks))
	# What comes after one that is missed would be held while it is waited for.
	_release([lock for lock, got in zip(locks[missed:], had[missed:], strict=True) if got])
	if not missed:
		raise Busy
	return locks[:missed]


def _release(locks: list[str]) -> None:
	_call("RELEASE_LOCK(%s)", [(lock,) for lock in locks])


def _call(function: str, arguments: list[tuple]) -> tuple:
	"""What a function of the database returns for each of these, in their order."""
	if not arguments:
		return ()
	calls = ", ".join([function] * len(arguments))  # placeholders only
	statement = f"SELECT {calls}"
	return frappe.db.sql(statement, list(chain(*arguments)))[0]
