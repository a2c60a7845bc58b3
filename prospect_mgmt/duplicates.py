"""The same person twice on the site: shown before a lead is saved, looked for each night, decided by the supervisor."""

from datetime import datetime
from itertools import combinations

import frappe
from frappe import _, _lt
from frappe.utils import cstr, now_datetime
from pypika.terms import ExistsCriterion

from prospect_mgmt import contact_keys, customers, permissions, telling, timeline
from prospect_mgmt.entry import start, unmerging
from prospect_mgmt.procedure import matching
from prospect_mgmt.procedure.matching import Match, Person
from prospect_mgmt.sent import Values

PAIR = "Prospect Duplicate Pair"
BY_HAND = "By hand"
CANDIDATES = 200  # leads judged for one question
BATCH = 400  # keys looked at together


def find(person: Person, but: str | None = None, limit: int = 10) -> list[tuple[str, Match]]:
	"""(lead, match) of the leads that may be this person, the surest first."""
	keys = matching.keys(person)
	# Apart from each other, lest a large company's many colleagues crowd out the one with the same address.
	kinds = (
		{key for key in keys if key[0] == kind} for kind in (matching.EMAIL, matching.PHONE, matching.NAME)
	)
	leads = [lead for under in kinds for lead in contact_keys.leads_under(under, CANDIDATES)]
	judged = [
		(lead, _judge([person], known)) for lead, known in contact_keys.people(leads).items() if lead != but
	]
	found = [(lead, match) for lead, match in judged if match and match.score >= matching.WORTH_SHOWING]
	found.sort(key=lambda pair: pair[0])
	return sorted(found, key=lambda pair: pair[1].rank, reverse=True)[:limit]


def known(person: Person) -> str | None:
	"""The lead that surely is this person: same mailbox, or same number and no other name."""
	for lead, match in find(person, limit=1):
		if match.is_sure:
			return lead
	if not person.email:
		return None
	return frappe.db.get_value("Lead", {"email_id": person.email}, order_by="creation")


def _judge(one: list[Person], other: list[Person]) -> Match | None:
	matches = [match for a in one for b in other if (match := matching.compare(a, b))]
	return max(matches, key=lambda match: match.rank, default=None)


# ------------------------------------------------------------- before saving
@frappe.whitelist()
def matches(lead: Values) -> list[dict]:
	"""For the Lead form: who may be the same person as the lead that is being entered, and what matches.

	Of a lead that the user may not read they learn its number only, so that they can ask.
	"""
	frappe.has_permission("Lead", "create", throw=True)
	values = {field: cstr(value)[: frappe.db.VARCHAR_LEN] for field, value in lead.items()}
	values["lead_name"] = " ".join(
		filter(None, (values.get(f) for f in ("first_name", "middle_name", "last_name")))
	)
	found = find(contact_keys.person_of(values), but=values.get("name"))
	return [_shown(name, match) for name, match in found]


def _shown(lead: str, match: Match) -> dict:
	shown = {"lead": lead, "reasons": [reason_text(reason) for reason in match.reasons], "may_read": False}
	if not frappe.has_permission("Lead", "read", lead):
		return shown
	row = frappe.db.get_value("Lead", lead, ["lead_name", "company_name"], as_dict=True)
	entry = start.open_entry(lead)
	return {**shown, **row, "may_read": True, "open_entry": entry}


def _reasons_text(match: Match, shared_by: int) -> str:
	if shared_by:
		return _("same e-mail address, as {0} leads have").format(shared_by)
	return ", ".join(reason_text(reason) for reason in match.reasons)


def reason_text(reason: str) -> str:
	"""What matches, in the user's words."""
	return {
		matching.EMAIL: _("same e-mail address"),
		matching.PHONE: _("same telephone number"),
		matching.NAME: _("name and organization are close"),
		BY_HAND: _("somebody said so"),
		matching.OTHER_NAME: _("same telephone number under another name"),
	}[reason]


# ------------------------------------------------------------- each night
def nightly() -> None:
	"""List the pairs that are suspected since the last night, and tell the supervisors. Cost follows what changed."""
	_forget_merges()
	contact_keys.fill()
	customers.fill()
	since, now = contact_keys.unchecked_since(), now_datetime()
	found: dict[str, int] = {}
	for values in _keys_since(since):
		for one, other, match, *shared_by in _suspected(values):
			if prospect_list := _keep(one, other, match, *shared_by):
				found[prospect_list] = found.get(prospect_list, 0) + 1
		frappe.db.commit()
	frappe.db.set_single_value(contact_keys.SETTINGS, "duplicates_checked_on", now, update_modified=False)
	for prospect_list, number in found.items():
		telling.tell(
			telling.supervisors(prospect_list),
			lambda: _("{0} new pairs of {1} may be duplicates").format(number, prospect_list),
		)


@frappe.whitelist(methods=["POST"])
def same_person(lead: str, other: str) -> dict:
	"""Somebody sees that two leads are one person: the pair is there to be decided; returns {pair, may_decide}."""
	for name in (lead, other):
		frappe.get_doc("Lead", name).check_permission("write")
	one, two = sorted((lead, other))
	if one == two:
		frappe.throw(_("Choose another lead."))
	if not (name := frappe.db.get_value(PAIR, {"pair": f"{one}|{two}"})):
		prospect_list = _keep(one, two, Match(1.0, (BY_HAND,)))
		telling.tell(
			telling.supervisors(prospect_list) if prospect_list else telling.sales_managers(),
			lambda: _("{0} and {1} may be the same person").format(one, two),
		)
		name = frappe.db.get_value(PAIR, {"pair": f"{one}|{two}"})
	elif frappe.db.get_value(PAIR, name, "status") == "Dismissed":
		frappe.db.set_value(PAIR, name, "status", "Suspected")
	return {"pair": name, "may_decide": pair_permission(frappe.get_doc(PAIR, name))}


def _forget_merges() -> None:
	"""What a merge needs to be undone holds personal data: it is kept no longer than it can be used."""
	old = {"status": "Merged", "decided_on": ("<", now_datetime() - unmerging.POSSIBLE_FOR)}
	frappe.db.set_value(
		PAIR, {**old, "before_merge": ("is", "set")}, "before_merge", None, update_modified=False
	)


def _keys_since(since: datetime):
	"""The key values written since a moment that several leads share, in batches."""
	key, other = frappe.qb.DocType(contact_keys.DOCTYPE), frappe.qb.DocType(contact_keys.DOCTYPE).as_("other")
	others = frappe.qb.from_(other).select(other.name)
	others = others.where((other.key_value == key.key_value) & (other.lead != key.lead))
	query = frappe.qb.from_(key).select(key.key_value).distinct().where(key.creation >= since)
	query = query.where(ExistsCriterion(others)).orderby(key.key_value).limit(BATCH)
	last = ""
	while values := query.where(key.key_value > last).run(pluck=True):
		yield values
		last = values[-1]


def _suspected(values: list[str]) -> list[tuple]:
	"""(one, other, match) of the leads that share a key; and how many do, of those with the mailbox of very many."""
	filed = _filed_under(values)
	many = {key: leads for key, leads in filed.items() if len(leads) > matching.SHARED_BY_ALL}
	pairs = {p for key, leads in filed.items() if key not in many for p in combinations(sorted(leads), 2)}
	known = contact_keys.people(sorted({lead for pair in pairs for lead in pair}))
	judged = ((one, other, _judge(known.get(one, []), known.get(other, []))) for one, other in sorted(pairs))
	found = [
		(one, other, match) for one, other, match in judged if match and match.score >= matching.SUSPECTED
	]
	return found + [_crowd(list(leads)) for (kind, _value), leads in many.items() if kind == matching.EMAIL]


def _filed_under(values: list[str]) -> dict[tuple[str, str], dict[str, None]]:
	"""{(kind, value): its leads, the one that was filed first before the others}"""
	key = frappe.qb.DocType(contact_keys.DOCTYPE)
	query = (
		frappe.qb.from_(key).select(key.kind, key.key_value, key.lead).orderby(key.creation).orderby(key.lead)
	)
	filed: dict[tuple[str, str], dict[str, None]] = {}
	for kind, value, lead in query.where(key.key_value.isin(values) & key.lead.isnotnull()).run():
		filed.setdefault((kind, value), {})[lead] = None
	return filed


def _crowd(leads: list[str]) -> tuple[str, str, Match, int]:
	"""One question for all of them: a number that so many share is a switchboard, an address may be one person's."""
	one, other = sorted(leads[:2])
	return one, other, Match(1.0, (matching.EMAIL,)), len(leads)


def _keep(one: str, other: str, match: Match, shared_by: int = 0) -> str | None:
	"""Write a pair down unless it was suspected before, whatever became of it; returns the list whose supervisor decides.

	`shared_by`: how many leads have what matches, when these two stand for them all.
	"""
	pair = f"{one}|{other}"
	if frappe.db.exists(PAIR, {"pair": pair}):
		return None
	entry = start.latest_entry(one) or start.latest_entry(other)
	doc = frappe.new_doc(PAIR)
	for prefix, lead in (("", one), ("other_", other)):
		row = frappe.db.get_value("Lead", lead, ["lead_name", "company_name"], as_dict=True)
		doc.update(
			{
				f"{prefix}lead": lead,
				f"{prefix}lead_name": row.lead_name,
				f"{prefix}company_name": row.company_name,
			}
		)
	doc.update(
		{
			"pair": pair,
			"score": round(match.score * 100),
			"reasons": _reasons_text(match, shared_by),
			"prospect_list": frappe.db.get_value(start.DOCTYPE, entry, "prospect_list") if entry else None,
			"status": "Suspected",
		}
	)
	doc.insert(ignore_permissions=True)  # the nightly check writes it, nobody by hand
	return doc.prospect_list


# ------------------------------------------------------------- merging, whoever asks for it
def begin_merge(given_up: str, kept: str) -> None:
	"""Before a lead becomes another, by a pair's *Merge* or by ERPNext's *Rename*: write down what undoing it needs.

	`frappe.flags.prospect_merge_by`: who merges, when it is not the user of the session.
	"""
	by = frappe.flags.pop("prospect_merge_by", None) or frappe.session.user
	one, two = sorted((given_up, kept))
	if one == two or not (frappe.db.exists("Lead", one) and frappe.db.exists("Lead", two)):
		return  # Frappe refuses it
	_keep(one, two, Match(1.0, (BY_HAND,)))
	pair = frappe.db.get_value(PAIR, {"pair": f"{one}|{two}"})
	frappe.db.set_value(PAIR, pair, "status", "Suspected")  # also when it was dismissed before
	frappe.flags.prospect_merge = frappe._dict(pair=pair, by=by, journal=unmerging.before(kept, given_up))
	text = _lt("{0} was merged into this lead by {1}. It said: {2}")
	said = values_text(frappe.get_doc("Lead", given_up))
	timeline.note(frappe.get_doc("Lead", kept), text, given_up, by, said)


def keep_merge() -> str | None:
	"""After it: the pair is decided and says how to undo it. Again after more was written to the lead that was kept.

	Returns the pair to be decided next, when more leads have the mailbox.
	"""
	merge = frappe.flags.prospect_merge
	journal = frappe.as_json(unmerging.after(merge.journal), indent=None)
	values = {"status": "Merged", "decided_by": merge.by, "decided_on": now_datetime()}
	values |= {"merged_lead": merge.journal["given_up"], "before_merge": journal}
	frappe.db.set_value(PAIR, merge.pair, values)
	# Another pair whose two are one lead by now is settled with this one.
	pair, kept = frappe.qb.DocType(PAIR), merge.journal["kept"]
	query = frappe.qb.update(pair).set(pair.status, "Merged").set(pair.decided_on, now_datetime())
	query.where((pair.lead == kept) & (pair.other_lead == kept) & (pair.status == "Suspected")).run()
	return _next_of_crowd(kept)


def _next_of_crowd(lead: str) -> str | None:
	"""A mailbox of very many is one question at a time: once a pair of it is one lead, the next is asked. The night would not: no key is new."""
	mailboxes = {"lead": lead, "kind": matching.EMAIL}
	values = frappe.get_all(contact_keys.DOCTYPE, mailboxes, pluck="key_value", order_by="creation")
	for (kind, _value), leads in _filed_under(values or [""]).items():
		if kind == matching.EMAIL and len(leads) > 1:
			one, other, match, shared_by = _crowd(list(leads))
			_keep(one, other, match, shared_by if shared_by > 2 else 0)
			waiting = {"pair": f"{one}|{other}", "status": "Suspected"}
			if name := frappe.db.get_value(PAIR, waiting):
				return name
	return None


# ------------------------------------------------------------- who sees a pair
def pair_permission(doc, ptype: str = "read", user: str | None = None, **kwargs) -> bool:
	"""A pair is for who supervises its list."""
	user = user or frappe.session.user
	saved = None if permissions.is_new(doc) else frappe.db.get_value(PAIR, doc.name, "prospect_list")
	return permissions.sees_all(user) or bool(saved and permissions.supervises(user, saved))


def values_text(lead) -> str:
	"""What a lead said before it was merged, for the timeline of the other."""
	shown = {
		field: lead.get(field) for field in ("lead_name", "company_name", "email_id", "mobile_no", "phone")
	}
	return ", ".join(str(value) for value in shown.values() if value)
