"""The same person twice: seen before saving, found at night, decided by the supervisor."""

import json

import frappe
import pytest
import requests
from frappe.utils import add_to_date, now_datetime

from benchmarks.ground import copies
from prospect_mgmt import contact_keys, customers, duplicates, numbers, timeline
from prospect_mgmt.procedure.matching import Person
from tests import factories
from tests.explain import explained

PETRA = {
	"first_name": "Petra",
	"last_name": "Muster",
	"company_name": "Musterbau GmbH",
	"email_id": "petra.muster@gmail.com",
	"mobile_no": "+49 151 12345678",
}


def matches(client, **lead) -> list[dict]:
	return client.call("prospect_mgmt.duplicates.matches", lead=lead)


def keys_of(lead) -> set[str]:
	return set(
		frappe.get_all("Prospect Contact Key", {"lead": lead.name}, pluck="key_value", order_by="creation")
	)


class TestKeys:
	def test_they_follow_the_lead(self):
		lead = factories.lead(**PETRA)
		assert {"petramuster@gmail.com", "+4915112345678"} <= keys_of(lead)
		frappe.get_doc("Lead", lead.name).db_set({"mobile_no": "030 123456", "phone": None})
		assert "+4930123456" in keys_of(lead) and "+4915112345678" not in keys_of(lead)

	def test_they_go_with_the_lead(self):
		lead = factories.lead(**PETRA)
		lead.delete()
		assert not keys_of(lead)

	def test_nothing_is_written_when_nothing_changed(self):
		lead = factories.lead(**PETRA)
		before = frappe.get_all("Prospect Contact Key", {"lead": lead.name}, pluck="name", order_by="name")
		frappe.get_doc("Lead", lead.name).db_set("city", "Berlin")
		assert before == frappe.get_all(
			"Prospect Contact Key", {"lead": lead.name}, pluck="name", order_by="name"
		)

	def test_leads_from_before_the_app_are_filed(self):
		lead = factories.lead(**PETRA)
		frappe.db.delete("Prospect Contact Key", {"lead": lead.name})
		assert contact_keys.fill() == 1
		assert "+4915112345678" in keys_of(lead)

	def test_they_are_found_through_an_index(self):
		factories.lead(**PETRA)
		plan = frappe.db.sql(
			"explain select `lead` from `tabProspect Contact Key` where `key_value` in ('+4915112345678', 'x') group by `lead`",
			as_dict=True,
		)
		assert plan[0].key and plan[0].type in ("range", "ref")


class TestBeforeSaving:
	@pytest.fixture
	def client(self, http):
		self.lead = factories.lead(**PETRA)
		return http(factories.user("Sales User").name)

	@pytest.mark.parametrize(
		("entered", "reason"),
		[
			({"email_id": "PetraMuster+shop@googlemail.com"}, "same e-mail address"),
			({"phone": "0151 / 1234 5678"}, "same telephone number"),
			({"phone": "0049 (151) 12345678"}, "same telephone number"),
			(
				{"first_name": "Pertra", "last_name": "Muster", "company_name": "MUSTERBAU"},
				"name and organization are close",
			),
			(
				{"first_name": "Bob", "last_name": "Byron", "mobile_no": "+4915112345678"},
				"same telephone number under another name",
			),
		],
	)
	def test_what_matches_is_shown(self, client, entered, reason):
		[found] = matches(client, **entered)
		assert (found["lead"], found["reasons"]) == (self.lead.name, [reason])
		assert found["lead_name"] == "Petra Muster" and found["open_entry"] == self.lead.name

	@pytest.mark.parametrize(
		"entered", [{"email": "petramuster+x@gmail.com"}, {"phones": ("+4915112345678",)}]
	)
	def test_namesakes_of_the_company_do_not_crowd_out_who_surely_it_is(self, client, entered):
		for at in range(11):
			factories.lead(**{**PETRA, "email_id": f"petra{at}@x.example", "mobile_no": None})
		self.lead.delete()
		last = factories.lead(**{**PETRA, "company_name": None})
		person = Person("Petra Muster", "Musterbau GmbH", **entered)
		assert duplicates.known(person) == last.name
		assert len(duplicates.find(person)) == 10 and duplicates.find(person)[0][0] == last.name

	def test_a_switchboard_does_not_crowd_out_who_has_the_mailbox(self, monkeypatch):
		monkeypatch.setattr(duplicates, "CANDIDATES", 3)
		for at in range(4):
			factories.lead(first_name=f"Bob{at}", email_id=f"b{at}@x.example", mobile_no="+49301234567")
		last = factories.lead(**PETRA)
		assert duplicates.known(Person(email=PETRA["email_id"], phones=("+49301234567",))) == last.name

	def test_somebody_else_is_not(self, client):
		assert matches(client, first_name="Petra", last_name="Muster", company_name="Anders AG") == []

	def test_of_a_lead_one_may_not_read_only_the_number_is_shown(self, http):
		lead = factories.lead(
			**PETRA, territory="Germany" if frappe.db.exists("Territory", "Germany") else None
		)
		user = factories.user("Sales User").name
		other = factories.lead(email_id="other@example.com")
		frappe.get_doc(
			doctype="User Permission", user=user, allow="Lead", for_value=other.name, apply_to_all_doctypes=1
		).insert()
		[found] = matches(http(user), email_id=PETRA["email_id"])
		assert found["lead"] == lead.name and not found["may_read"] and "lead_name" not in found

	def test_an_agent_without_leads_is_refused(self, http):
		with pytest.raises(requests.HTTPError, match="403"):
			matches(http(factories.user("Prospect Agent").name), email_id="x@example.com")


@pytest.fixture
def pair():
	"""Two leads of one person, both on the list, as the night finds them."""
	one = factories.lead(**PETRA)
	other = factories.lead(
		first_name="P.",
		last_name="Muster",
		company_name="Musterbau",
		email_id="p@gmx.de",
		phone="030 555",
		job_title="Boss",
	)
	frappe.get_doc("Prospect List Entry", other.name).log_call("Wants an offer")
	duplicates.nightly()
	found = frappe.get_last_doc("Prospect Duplicate Pair")
	assert {found.lead, found.other_lead} == {one.name, other.name}
	return frappe._dict(doc=found, one=one.name, other=other.name)


class TestAtNight:
	def test_a_pair_is_listed_once(self, pair):
		assert (pair.doc.reasons, pair.doc.prospect_list) == ("name and organization are close", "Prospects")
		frappe.db.set_single_value("Prospect Management Settings", "duplicates_checked_on", "2000-01-01")
		duplicates.nightly()
		assert frappe.db.count("Prospect Duplicate Pair") == 1

	def test_the_supervisor_is_told(self, pair):
		assert frappe.db.exists("Notification Log", {"subject": ("like", "%may be duplicates%")})

	def test_only_what_changed_lately_is_looked_at(self, pair):
		"""A key may be older than the last look and new to it: its transaction was not over then."""
		pair.doc.delete(force=True)
		frappe.db.set_value(
			"Prospect Contact Key", {"lead": ("is", "set")}, "creation", add_to_date(None, hours=-6)
		)
		duplicates.nightly()
		[found] = frappe.get_all("Prospect Duplicate Pair", pluck="name")
		frappe.delete_doc("Prospect Duplicate Pair", found, force=True)
		frappe.db.set_value(
			"Prospect Contact Key", {"lead": ("is", "set")}, "creation", add_to_date(None, days=-2)
		)
		duplicates.nightly()
		assert not frappe.db.count("Prospect Duplicate Pair")

	def test_a_mailbox_of_very_many_is_listed_once_with_how_many(self, monkeypatch):
		"""A switchboard says nothing of one person; an address says that they are one, or that it is shared: one question."""
		monkeypatch.setattr(duplicates.matching, "SHARED_BY_ALL", 3)
		leads = [
			factories.lead(**{**PETRA, "email_id": f"petra.muster+{at}@gmail.com", "mobile_no": None})
			for at in range(5)
		]
		for at in range(5):
			factories.lead(first_name=f"Bob{at}", email_id=f"b{at}@x.example", mobile_no="+49301234567")
		for _night in range(2):
			duplicates.nightly()
			fields = ["lead", "other_lead", "reasons", "status"]
			[pair] = frappe.get_all("Prospect Duplicate Pair", fields=fields)
			assert (pair.lead, pair.other_lead) == (leads[0].name, leads[1].name)
			assert pair.reasons == "same e-mail address, as 5 leads have"
			frappe.db.set_value("Prospect Duplicate Pair", {"lead": pair.lead}, "status", "Dismissed")
			factories.lead(**{**PETRA, "email_id": f"petra.muster+{_night}x@gmail.com", "source": "Event"})
		told = frappe.get_all(
			"Notification Log", {"subject": ("like", "%may be duplicates%")}, pluck="subject"
		)
		assert len(told) == 1 and "1 new pairs" in told[0]

	def test_of_a_mailbox_of_very_many_the_next_pair_follows_a_merge(self, monkeypatch):
		"""At once, also below the number that makes a crowd; no night would list it, since no key is new."""
		monkeypatch.setattr(duplicates.matching, "SHARED_BY_ALL", 3)
		leads = [
			factories.lead(**{**PETRA, "email_id": f"petra.muster+{at}@gmail.com", "mobile_no": None}).name
			for at in range(5)
		]
		duplicates.nightly()
		frappe.db.set_value("Prospect Contact Key", {"lead": ("is", "set")}, "creation", "2026-01-01")
		for left in (4, 3, 2):
			[name] = frappe.get_all("Prospect Duplicate Pair", {"status": "Suspected"}, pluck="name")
			pair = frappe.get_doc("Prospect Duplicate Pair", name)
			frappe.clear_messages()
			pair.merge(pair.lead)
			[following] = frappe.get_all(
				"Prospect Duplicate Pair", {"status": "Suspected"}, ["name", "reasons"]
			)
			assert following.name in str(frappe.message_log)
			many = f", as {left} leads have" if left > 2 else ""
			assert following.reasons == f"same e-mail address{many}"
			duplicates.nightly()
		last = frappe.get_doc("Prospect Duplicate Pair", following.name)
		last.merge(last.lead)
		assert frappe.get_all("Lead", {"name": ("in", leads)}, pluck="name") == [leads[0]]
		assert not frappe.db.exists("Prospect Duplicate Pair", {"status": "Suspected"})

	def test_a_night_reads_what_changed_since_the_last(self):
		"""Law 9: leads that have nothing to be filed under are not read again each night."""
		nothing = factories.lead(first_name="Ada", last_name=None, email_id=None, company_name=None)
		assert not keys_of(nothing)
		copies("Lead", {"name": "CONCAT('X-', n.seq)"}, f"name = '{nothing.name}'", 2000)
		sold = factories.customer_from(nothing)
		assert contact_keys.fill() == 2001 == contact_keys.fill()
		duplicates.nightly()
		for doctype in ("Lead", "Customer", "Contact"):
			frappe.db.set_value(
				doctype,
				{"name": ("is", "set")},
				"modified",
				add_to_date(None, days=-2),
				update_modified=False,
			)
		frappe.db.delete("Prospect Contact Key", {"customer": sold.name})
		frappe.db.sql("ANALYZE TABLE `tabLead`")
		with explained() as plans:
			assert contact_keys.fill() == 0
			customers.fill()
		assert not frappe.db.exists("Prospect Contact Key", {"customer": sold.name})
		[plan] = [plan for plan in plans if plan.table == "tabLead"]
		assert plan.key == "modified", plan
		changed = {"customer_type": "Company", "modified": now_datetime()}
		frappe.db.set_value("Customer", sold.name, changed, update_modified=False)
		customers.fill()
		assert frappe.db.exists("Prospect Contact Key", {"customer": sold.name})

	def test_a_switchboard_is_no_pair(self):
		for first, last in (("Ada", "Lovelace"), ("Bob", "Byron"), ("Cleo", "Christie")):
			factories.lead(first_name=first, last_name=last, phone="030 777777")
		duplicates.nightly()
		assert not frappe.db.count("Prospect Duplicate Pair")


class TestDeciding:
	def test_whoever_sees_it_can_say_that_two_are_one(self, http):
		"""Also after the pair was dismissed; who may not decide tells the supervisor."""
		one, other = factories.lead(), factories.lead()
		seller = http(factories.user("Sales User").name)
		said = seller.call("prospect_mgmt.duplicates.same_person", lead=other.name, other=one.name)
		frappe.db.rollback()
		pair = frappe.get_doc("Prospect Duplicate Pair", said["pair"])
		assert not said["may_decide"] and (pair.lead, pair.reasons) == (one.name, "somebody said so")
		pair.dismiss()
		assert duplicates.same_person(one.name, other.name) == {"pair": pair.name, "may_decide": True}
		assert pair.reload().merge(other.name) == other.name

	def test_a_dismissed_pair_never_comes_back(self, pair):
		pair.doc.dismiss()
		frappe.db.set_single_value("Prospect Management Settings", "duplicates_checked_on", "2000-01-01")
		duplicates.nightly()
		assert frappe.get_all("Prospect Duplicate Pair", pluck="status") == ["Dismissed"]

	def test_merging_keeps_both_histories_and_the_old_number(self, pair):
		assert pair.doc.merge(pair.one, take=["email_id"]) == pair.one
		lead = frappe.get_doc("Lead", pair.one)
		assert (lead.first_name, lead.email_id, lead.job_title) == ("Petra", "p@gmx.de", "Boss")
		assert not frappe.db.exists("Lead", pair.other) and numbers.lead_of(pair.other) == pair.one
		summaries = frappe.get_all(
			"Prospect Interaction", {"entry": pair.one}, pluck="summary", order_by="creation"
		)
		assert summaries == ["Wants an offer"]
		assert pair.doc.reload().status == "Merged" and pair.doc.merged_lead == pair.other

	def test_who_comes_again_with_the_old_address_is_known(self, pair):
		pair.doc.merge(pair.one)
		[found] = duplicates.find(contact_keys.Person("Somebody", email="p@gmx.de"))
		assert found[0] == pair.one

	def test_a_wish_not_to_be_contacted_outlives_the_merge(self, pair):
		frappe.get_doc("Lead", pair.other).db_set("status", "Do Not Contact")
		pair.doc.merge(pair.one)
		assert frappe.db.get_value("Lead", pair.one, "prospect_do_not_contact")

	def test_the_supervisor_of_the_list_decides_and_nobody_else(self, pair, http):
		supervisor, agent = factories.user("Sales User").name, factories.user("Sales User").name
		frappe.db.set_value("Prospect List", "Prospects", "supervisor", supervisor)
		path = f"/api/resource/Prospect Duplicate Pair/{pair.doc.name}"
		assert http(agent).get(path).status_code == 403
		assert http(agent).get("/api/resource/Prospect Duplicate Pair").json()["data"] == []
		decide = {"dt": "Prospect Duplicate Pair", "dn": pair.doc.name, "method": "merge"}
		decide["args"] = json.dumps({"survivor": pair.one})
		assert http(agent).post("/api/method/run_doc_method", data=decide).status_code == 403
		client = http(supervisor)
		assert client.get(path).status_code == 200
		assert client.post("/api/method/run_doc_method", data=decide).json()["message"] == pair.one
		frappe.db.rollback()
		assert not frappe.db.exists("Lead", pair.other)


# ------------------------------------------------------------- undone
BOTH = ("Prospect List Entry", "Prospect Interaction", "Prospect Stage Change", "Prospect Contact Key")


def as_it_is(*leads: str) -> dict:
	"""Everything that is kept of some leads, but for who looked at it last."""
	found = {
		"Lead": frappe.db.sql("select * from `tabLead` where name in %s order by name", [leads], as_dict=True)
	}
	for doctype in (*BOTH, "Prospect Due Step", "Prospect Requirement"):
		entries = frappe.get_all("Prospect List Entry", {"lead": ("in", leads)}, pluck="name")
		field = {"Prospect Due Step": "entry", "Prospect Requirement": "parent"}.get(doctype, "lead")
		values = entries if field != "lead" else leads
		if doctype in ("Prospect Interaction", "Prospect Stage Change"):
			field, values = "entry", entries
		query = f"select * from `tab{doctype}` where `{field}` in %s order by name"
		found[doctype] = frappe.db.sql(query, [values or [""]], as_dict=True)
	links = {"link_doctype": "Lead", "link_name": ("in", leads)}
	found["Dynamic Link"] = frappe.get_all(
		"Dynamic Link", links, ["name", "parent", "link_name"], order_by="name"
	)
	stamps = ("modified", "modified_by", "_comments", "_seen")
	return {
		d: [{k: v for k, v in row.items() if k not in stamps} for row in rows] for d, rows in found.items()
	}


class TestUndoing:
	def test_both_leads_are_as_they_were(self, pair):
		"""With enquiries on both, one of them Done, contacts, steps, a mail and an offer."""
		frappe.get_doc("Prospect List Entry", pair.one).log_call("Wants a drawing")
		done = frappe.get_doc("Prospect List Entry", pair.other)
		done.close("Lost", objection="Price")
		done.new_enquiry(interest="Quote")
		frappe.get_doc("Prospect List Entry", f"{pair.other}-2").record_response("Is it cheaper?", "Chat")
		offer = factories.quotation(frappe.get_doc("Lead", pair.other))
		note = frappe.get_doc("Lead", pair.other).add_comment("Comment", "Met at the fair")
		frappe.get_doc("Lead", pair.one).db_set("city", None)
		before = as_it_is(pair.one, pair.other)
		frappe.local.dynamic_link_map = None  # a request of its own
		pair.doc.merge(pair.one, take=["email_id", "first_name"])
		assert (
			not frappe.db.exists("Lead", pair.other)
			and frappe.db.count("Prospect List Entry", {"lead": pair.one}) == 3
		)
		assert offer.reload().party_name == pair.one
		frappe.get_doc("Lead", pair.one).db_set("city", "Berlin")  # somebody adds something
		assert pair.doc.undo_merge() == pair.other
		frappe.get_doc("Lead", pair.one).db_set("city", None)
		after = as_it_is(pair.one, pair.other)
		for doctype, rows in before.items():
			assert len(after[doctype]) == len(rows), doctype
			for was, is_now in zip(rows, after[doctype], strict=True):
				assert {k: (v, is_now[k]) for k, v in was.items() if v != is_now[k]} == {}, (
					doctype,
					was["name"],
				)
		assert (offer.reload().party_name, offer.prospect_list_entry) == (pair.other, f"{pair.other}-2")
		assert note.reload().reference_name == pair.other
		assert numbers.lead_of(pair.other) == pair.other
		assert pair.doc.reload().status == "Suspected" and {pair.doc.lead, pair.doc.other_lead} == {
			pair.one,
			pair.other,
		}
		# And both go on as before: a merge the other way round, the wish not to be contacted, a new number.
		frappe.get_doc("Prospect List Entry", f"{pair.other}-2").log_call("Goes on")
		assert pair.doc.merge(pair.other) == pair.other

	def test_merging_in_erpnexts_rename_dialog_is_the_same(self, http):
		"""Two leads that nobody suspected, merged with *Rename*: recorded, both histories kept, undone."""
		one, other = factories.lead(**PETRA).name, factories.lead(email_id="q@example.com").name
		frappe.get_doc("Prospect List Entry", other).log_call("Wants an offer")
		frappe.db.commit()
		before = as_it_is(one, other)
		manager = factories.user("Sales Manager").name
		asked = {"doctype": "Lead", "docname": other, "name": one, "merge": 1}
		http(manager).call("frappe.model.rename_doc.update_document_title", **asked)
		frappe.db.rollback()
		assert not frappe.db.exists("Lead", other) and numbers.lead_of(other) == one
		pair = frappe.get_last_doc("Prospect Duplicate Pair")
		assert (pair.status, pair.merged_lead, pair.decided_by) == ("Merged", other, manager)
		[noted] = timeline.contents("Lead", one)
		assert "q@example.com" in noted["content"] and frappe.utils.get_fullname(manager) in noted["content"]
		assert pair.undo_merge() == other
		assert as_it_is(one, other) == before and numbers.lead_of(other) == other

	def test_what_cannot_be_told_apart_is_refused_with_the_reason(self, pair, clock):
		clock.at(frappe.utils.now_datetime())
		pair.doc.merge(pair.one)
		clock.forward(hours=1)
		entry = frappe.get_doc("Prospect List Entry", pair.one)
		for happened, reason in (
			(lambda: entry.log_call("Who is it?"), "worked on|contact with them"),
			(lambda: factories.quotation(frappe.get_doc("Lead", pair.one)), "Quotation .* was made since"),
			(lambda: (entry.reload().close("No response"), entry.new_enquiry()), "another enquiry"),
			(lambda: clock.forward(hours=24), "more than a day ago"),
		):
			frappe.db.savepoint("merged")
			happened()
			with pytest.raises(frappe.ValidationError, match=reason):
				pair.doc.undo_merge()
			frappe.db.rollback(save_point="merged")
			entry.reload()
		assert not frappe.db.exists("Lead", pair.other)

	def test_after_a_day_nothing_of_it_is_kept(self, pair, clock):
		clock.at(frappe.utils.now_datetime())
		pair.doc.merge(pair.one)
		assert frappe.db.get_value("Prospect Duplicate Pair", pair.doc.name, "before_merge")
		clock.forward(hours=25)
		duplicates.nightly()
		assert not frappe.db.get_value("Prospect Duplicate Pair", pair.doc.name, "before_merge")
		with pytest.raises(frappe.ValidationError, match="for a day"):
			pair.doc.reload().undo_merge()
