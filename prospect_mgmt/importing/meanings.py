"""Whom and what a spreadsheet means by a name: agents, sources, objections … of this site."""

from __future__ import annotations

from collections import Counter

import frappe
from frappe import _
from frappe.utils import cint

from prospect_mgmt import compat
from prospect_mgmt.entry import people
from prospect_mgmt.importing import shown
from prospect_mgmt.sheet.columns import plain

MOST = 200  # names of one kind that are asked about
AGENT, OBJECTION, INTEREST, LANGUAGE = "User", "Opportunity Lost Reason", "Prospect Interest", "Language"


class Meanings:
	"""What names mean: as a person said in the import's table, else by the masters of the site."""

	def __init__(self, run):
		self.source = compat.source_doctype()
		self._known = {
			AGENT: _agents(run.prospect_list),
			self.source: _masters(self.source),
			OBJECTION: _masters(OBJECTION),
			INTEREST: _masters(INTEREST),
			LANGUAGE: _languages(),
		}
		self._chosen = {(row.kind, plain(row.said)): row for row in run.meanings}
		self._assignable: dict[str | None, bool] = {}
		self._unknown: Counter[tuple[str, str]] = Counter()

	def of(self, kind: str, said: str) -> str | None:
		"""The record that is meant; None when nobody can tell."""
		found = self._found(kind, said)
		return found if kind != AGENT or self._is_assignable(found) else None

	def _is_assignable(self, user: str | None) -> bool:
		"""Whether somebody can work entries, asked once of each."""
		if user not in self._assignable:
			self._assignable[user] = bool(user) and people.is_assignable(user)
		return self._assignable[user]

	def _found(self, kind: str, said: str) -> str | None:
		if not said:
			return None
		chosen = self._chosen.get((kind, plain(said)))
		if chosen and (chosen.means or cint(chosen.create_it)):
			self._unknown[kind, said] += 1  # goes on standing in the table
			return chosen.means or chosen.said
		return self._known[kind].get(plain(said)) or self._known[kind].get(said.casefold())

	def asked(self, kind: str, said: str) -> str | None:
		"""As `of`; a name that is not known is put into the table, for a person to say."""
		found = self.of(kind, said)
		if said and not found:
			self._unknown[kind, said] += 1
		return found

	def table(self) -> list[dict]:
		"""The rows of the import's table, those that stand in most rows first."""
		rows, seen = [], Counter()
		for (kind, said), number in self._unknown.most_common():
			seen[kind] += 1
			before = self._chosen.get((kind, plain(said)))
			if seen[kind] <= MOST:
				kept = {"means": before.means, "create_it": before.create_it} if before else {}
				rows.append({"kind": kind, "said": shown(said[:140]), "rows": number, **kept})
		return rows


def create_chosen(run) -> None:
	"""Create the masters that somebody ticked. Raises what their own validation says."""
	for row in run.meanings:
		if not cint(row.create_it) or row.means or frappe.db.exists(row.kind, row.said):
			continue
		if row.kind == compat.source_doctype():
			compat.make_source(row.said)
		elif row.kind == OBJECTION:
			doc = frappe.new_doc(OBJECTION)
			doc.lost_reason = row.said
			doc.insert(ignore_permissions=True)  # who supervises the list may import what it holds
		else:
			frappe.throw(_("A {0} is not created by an import.").format(_(row.kind)))


def _masters(doctype: str) -> dict[str, str]:
	return {plain(name): name for name in frappe.get_all(doctype, pluck="name", order_by="name")}


def _languages() -> dict[str, str]:
	rows = frappe.get_all("Language", fields=["name", "language_name"], order_by="name")
	return {plain(key): row.name for row in rows for key in (row.language_name, row.name)}


def _agents(prospect_list: str) -> dict[str, str]:
	"""The people of a list, by address and name; by the first name when only one of them has it."""
	doc = frappe.get_cached_doc("Prospect List", prospect_list)
	names = [*(row.user for row in doc.agents if row.enabled), doc.supervisor, doc.deputy]
	filters = {"name": ("in", [name for name in names if name] or [""]), "enabled": 1}
	users = frappe.get_all("User", filters, ["name", "full_name", "first_name"], order_by="name")
	first_names = Counter(plain(user.first_name) for user in users)
	found = {plain(u.first_name): u.name for u in users if first_names[plain(u.first_name)] == 1}
	for user in users:
		found[plain(user.full_name)] = found[user.name.casefold()] = user.name
	return found
