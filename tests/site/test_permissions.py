"""Law 11, nobody sees what is not theirs: roles × records × doors, over HTTP, with IDs that are guessed.

All tests share one scene, which costs the most: they only look, or are refused and check that nothing was written.
What people may do with their own is in test_permissions_own.py.
"""

import importlib
import inspect
import pkgutil
from datetime import date

import frappe
import pytest

import prospect_mgmt
from tests.plugins.site import isolation
from tests.site import importing, staff
from tests.site.doors import (
	CHILDREN,
	ENTRY,
	LEDGERS,
	all_of,
	lists_read,
	no_amount,
	one_read,
	other_lists_read,
	post,
	run_doc_method,
	run_forged,
	run_invented,
)

NEXT_YEAR = f"{date.today().year + 1}-01-01 10:00:00"
KEPT = (
	ENTRY,
	*LEDGERS,
	*CHILDREN,
	"Prospect List",
	"Prospect List Agent",
	"Prospect Enrolment",
	"Lead",
	"ToDo",
	"DocShare",
)
ROLES = (
	"contractor", "colleague", "seller", "supervisor", "stranger", "both", "manager", "accountant", "system_manager", "guest",
)  # fmt: skip


@pytest.fixture(scope="module")
def isolated_site(site, baseline, stack):
	"""In place of the isolation of each test: the site is as before after the last one."""
	with isolation(baseline, stack):
		yield site


@pytest.fixture(scope="module")
def scene(isolated_site):
	return staff.scene()


@pytest.fixture
def client(scene, http):
	"""`client("contractor")` is that person at a browser."""
	return lambda person: http(scene.people.get(person))


def surnames(scene, text: str) -> set[str]:
	"""Whose enquiries an answer shows."""
	return {surname for surname in scene.entries if surname in text}


SEE_SOME = {"contractor", "colleague", "seller", "supervisor", "both"}  # the others see all, or nothing
SHOW_NAMES = {"resource", "getdoc", "client.get", "client.get_value", "panel"}


def test_each_person_reads_their_own_enquiries_and_no_others(scene, client):
	for person in ROLES:
		browser, theirs = client(person), scene.sees[person]
		for door, answer in lists_read(browser).items():
			assert surnames(scene, answer) == theirs, f"{person}: {door}"
		for door, answer in other_lists_read(browser).items():
			assert surnames(scene, answer) <= theirs, f"{person}: {door}"


def test_a_guessed_id_opens_nothing_that_is_not_theirs(scene, client):
	for person in ROLES:
		browser, theirs = client(person), scene.sees[person]
		for surname in scene.entries if person in SEE_SOME else ("Aardvark", "Dolphin"):
			name = scene.entries[surname]
			for door, answer in one_read(browser, name).items():
				shown = surnames(scene, answer)
				assert shown <= theirs, f"{person}: {door} of {surname}"
				if surname in theirs and door in SHOW_NAMES:
					assert surname in shown, f"{person}: {door} of {surname}"


def test_each_person_counts_and_reads_the_ledger_of_their_own_enquiries(scene, client):
	of_count = {"doctype": ENTRY, "filters": "[]", "fields": "[]"}
	for person in ROLES:
		browser, theirs = client(person), scene.sees[person]
		names = {scene.entries[surname] for surname in theirs}
		count = browser.get("/api/method/frappe.desk.reportview.get_count", params=of_count)
		assert (count.json()["message"] == len(theirs)) if count.ok else not theirs, person
		for ledger in LEDGERS:
			query = {"fields": all_of(["name", "entry"]), "limit_page_length": 0}
			answer = browser.get(f"/api/resource/{ledger}", params=query)
			rows = answer.json()["data"] if answer.ok else []
			assert {row["entry"] for row in rows} == names, f"{person}: {ledger}"
			for entry in scene.entries.values():
				row = frappe.db.get_value(ledger, {"entry": entry})
				one = browser.get(f"/api/resource/{ledger}/{row}")
				assert one.ok == (entry in names), f"{person}: {ledger} of {entry}"


def test_a_contractor_reads_no_leads_masters_or_settings(scene, client):
	browser = client("contractor")
	lead = frappe.db.get_value(ENTRY, scene.entries["Aardvark"], "lead")
	for doctype in ("Lead", "Customer", "Quotation", "Sales Invoice", "Opportunity", "Prospect Lead Number"):
		assert browser.get(f"/api/resource/{doctype}").status_code == 403, doctype
	assert browser.get(f"/api/resource/Lead/{lead}").status_code == 403
	for doctype in ("Prospect Procedure", "Prospect Enrolment", "Prospect Signal Failure"):
		assert browser.get(f"/api/resource/{doctype}").status_code == 403, doctype
	settings = browser.get("/api/resource/Prospect Management Settings/Prospect Management Settings")
	assert settings.status_code == 403


# ------------------------------------------------------------- amounts, export
def test_a_contractor_is_shown_no_amounts_through_any_door(scene, client):
	contractor, name = client("contractor"), scene.entries["Aardvark"]
	assert frappe.db.get_value(ENTRY, name, "quoted_amount") > staff.AMOUNT - 1
	answers = {**lists_read(contractor), **other_lists_read(contractor), **one_read(contractor, name)}
	for field in ("quoted_amount", "sum(quoted_amount) as total", "`tabProspect Entry Document`.amount"):
		query = {"fields": all_of(["name", field]), "limit_page_length": 0}
		answers[f"list of {field}"] = contractor.get(f"/api/resource/{ENTRY}", params=query).text
	query = {
		"doctype": ENTRY,
		"aggregate_on_field": "quoted_amount",
		"aggregate_on_doctype": ENTRY,
		"aggregate_function": "sum",
	}
	query |= {"fields": all_of([f"`tab{ENTRY}`.`stage`"]), "group_by": f"`tab{ENTRY}`.`stage`"}
	answers["grouped report"] = contractor.get("/api/method/frappe.desk.reportview.get", params=query).text
	query = {"doctype": ENTRY, "filters": all_of({"name": name}), "fieldname": "quoted_amount"}
	answers["client.get_value"] = contractor.get("/api/method/frappe.client.get_value", params=query).text
	for door, answer in answers.items():
		assert no_amount(answer), door


def test_the_seller_sees_the_amounts_of_the_list(scene, client):
	answer = client("seller").get(f"/api/resource/{ENTRY}/{scene.entries['Aardvark']}").json()["data"]
	assert answer["quoted_amount"] > staff.AMOUNT - 1 and answer["documents"][0]["amount"] > staff.AMOUNT - 1


def test_a_contractor_exports_nothing_and_sellers_what_they_see(scene, client):
	may_export = {
		"contractor": False,
		"seller": True,
		"both": True,
		"manager": True,
		"accountant": False,
		"guest": False,
	}
	for person, may in may_export.items():
		browser = client(person)
		for doctype, field in ((ENTRY, "lead_name"), *((ledger, "entry") for ledger in LEDGERS)):
			query = {"doctype": doctype, "fields": all_of([f"`tab{doctype}`.`{field}`"]), "filters": "[]"}
			answer = browser.post(
				"/api/method/frappe.desk.reportview.export_query", data=query | {"file_format_type": "CSV"}
			)
			assert answer.ok == may, f"{person}: {doctype}: {answer.text}"
			if doctype == ENTRY and may:
				assert surnames(scene, answer.text) == scene.sees[person], person


# ------------------------------------------------------------- writing what is not theirs
def stored() -> dict:
	"""A checksum of every table that such a request could have written."""
	frappe.db.rollback()
	tables = ", ".join(f"`tab{doctype}`" for doctype in KEPT)
	return dict(frappe.db.sql(f"CHECKSUM TABLE {tables}"))


ARGUMENTS = {
	"log_call": {"summary": "x"},
	"send_information": {"subject": "x", "content": "x"},
	"record_message": {"content": "x"},
	"record_response": {"content": "x"},
	"pause": {"until": NEXT_YEAR, "reason": "x"},
	"close": {"outcome": "Spam"},
	"move_to_list": {"prospect_list": "List A"},
	"answer_requirements": {"rows": "[]"},
	"correct_interaction": {"interaction": "x", "is_answer": 1},
	"update_contact": {"lead_name": "x"},
	"assign": {"agent": None},
}


def entry_methods() -> list[str]:
	controller = frappe.get_doc({"doctype": ENTRY}).__class__
	found = inspect.getmembers(controller, inspect.isfunction)
	return [
		name
		for name, method in found
		if method in frappe.whitelisted and method.__module__.startswith("prospect_mgmt")
	]


OTHERS = {
	"contractor": ("Badger", "Dolphin", "Ferret"),  # a colleague's, on another list, a colleague's closed one
	"seller": ("Dolphin",),
	"stranger": ("Aardvark", "Cheetah"),
	"accountant": ("Aardvark",),
	"guest": ("Cheetah",),
}


@pytest.mark.parametrize("person", OTHERS)
def test_nobody_writes_an_enquiry_that_is_not_theirs(scene, client, person):
	browser, me = client(person), scene.people.get(person) or "Guest"
	before = stored()
	for surname in OTHERS[person]:
		name = scene.entries[surname]
		path = f"/api/resource/{ENTRY}/{name}"
		payloads = [
			{"interest": "Quote"},
			{"agent": me},
			{"prospect_list": scene.lists.a},
			{"stage": "Email"},
			{"outcome": "Won"},
		]
		for payload in payloads:
			assert browser.put(path, json=payload).status_code == 403, (surname, payload)
		assert browser.delete(path).status_code == 403
		for method in entry_methods():
			args = ARGUMENTS.get(method, {}) | ({"agent": me} if method == "assign" else {})
			forged = {"agent": me, "prospect_list": scene.lists.a, "flags": {"ignore_permissions": 1}}
			assert run_doc_method(browser, ENTRY, name, method, **args).status_code == 403, (surname, method)
			assert run_forged(browser, ENTRY, name, method, forged, **args).status_code == 403, (
				surname,
				method,
			)
			assert browser.post(path, params={"run_method": method}).status_code == 403, (surname, method)
		for step in frappe.get_all(
			"Prospect Due Step", filters={"entry": name}, pluck="name", order_by="name"
		)[:1]:
			assert run_doc_method(browser, "Prospect Due Step", step, "retry").status_code == 403
			forged = {"entry": scene.entries["Cheetah"], "status": "Failed"}
			assert run_forged(browser, "Prospect Due Step", step, "retry", forged).status_code == 403
	assert stored() == before


def test_nobody_takes_an_enquiry_by_a_todo_or_a_share(scene, client):
	before = stored()
	for person in ("contractor", "stranger", "accountant"):
		_try_to_take(scene, client(person), scene.people[person])
	assert stored() == before


def _try_to_take(scene, browser, me: str) -> None:
	name = scene.entries["Badger"]
	todo = {"reference_type": ENTRY, "reference_name": name, "allocated_to": me, "description": "mine"}
	assert browser.post("/api/resource/ToDo", json=todo).status_code == 403
	rule = frappe.db.get_value("Prospect List", scene.lists.a, "assignment_rule")
	assert browser.post("/api/resource/ToDo", json=todo | {"assignment_rule": rule}).status_code == 403
	assign = {"doctype": ENTRY, "name": name, "assign_to": all_of([me])}
	assert post(browser, "frappe.desk.form.assign_to.add", **assign).status_code == 403
	remove = {"doctype": ENTRY, "name": name, "assign_to": scene.people.colleague}
	assert post(browser, "frappe.desk.form.assign_to.remove", **remove).status_code == 403
	share = {"doctype": ENTRY, "name": name, "user": me, "read": 1, "write": 1}
	assert post(browser, "frappe.share.add", **share).status_code == 403


def test_who_does_not_supervise_moves_nothing_to_another_list(scene, client):
	name = scene.entries["Aardvark"]
	for person in ("contractor", "seller"):
		browser = client(person)
		assert (
			run_doc_method(browser, ENTRY, name, "move_to_list", prospect_list=scene.lists.b).status_code
			== 403
		)
		assert (
			browser.put(f"/api/resource/{ENTRY}/{name}", json={"prospect_list": scene.lists.b}).status_code
			== 403
		)


def test_who_only_works_a_list_changes_neither_it_nor_its_agents(scene, client):
	before = stored()
	for person in ("contractor", "seller", "stranger", "both", "accountant", "guest"):
		browser, me = client(person), scene.people.get(person)
		for name in scene.lists.values():
			path = f"/api/resource/Prospect List/{name}"
			assert browser.put(path, json={"supervisor": me, "enrol_new_leads": 1}).status_code == 403, person
			row = frappe.db.get_value("Prospect List Agent", {"parent": name})
			answer = browser.put(f"/api/resource/Prospect List Agent/{row}", json={"capacity": 99})
			assert answer.status_code == 403, person
	assert stored() == before


def test_a_contractor_deletes_creates_and_shares_nothing(scene, client):
	contractor, name = client("contractor"), scene.entries["Aardvark"]
	lead = frappe.db.get_value(ENTRY, scene.entries["Elephant"], "lead")  # their own, closed
	assert contractor.delete(f"/api/resource/{ENTRY}/{name}").status_code == 403
	made = contractor.post(f"/api/resource/{ENTRY}", json={"lead": lead, "prospect_list": scene.lists.a})
	assert made.status_code == 403
	share = {"doctype": ENTRY, "name": name, "user": scene.people.stranger, "read": 1}
	assert post(contractor, "frappe.share.add", **share).status_code == 403


# ------------------------------------------------------------- ledgers
def test_the_ledgers_are_written_by_nobody(scene, client):
	of_table = {"parent": scene.entries["Aardvark"], "parenttype": ENTRY, "parentfield": "answer_promises"}
	frappe.get_doc(doctype="Prospect Answer Promise", **of_table).db_insert()  # nobody has contacted them yet
	frappe.db.commit()
	before = stored()
	for person in ("contractor", "seller", "supervisor", "manager", "system_manager"):
		surname = "Dolphin" if person == "supervisor" else "Aardvark"
		_try_to_write_ledgers(scene, client(person), surname, scene.people[person])
	assert stored() == before


def _try_to_write_ledgers(scene, browser, surname: str, me: str) -> None:
	for ledger in LEDGERS:
		row = frappe.get_doc(ledger, {"entry": scene.entries[surname]})
		path = f"/api/resource/{ledger}"
		values = {
			k: v
			for k, v in frappe.parse_json(row.as_json()).items()
			if k not in ("name", "doctype", "creation", "modified")
		}
		assert browser.post(path, json=values).status_code == 403, ledger
		assert browser.put(f"{path}/{row.name}", json={"agent": me}).status_code == 403, ledger
		assert browser.delete(f"{path}/{row.name}").status_code == 403, ledger
		set_value = {
			"doctype": ledger,
			"name": row.name,
			"fieldname": "entry",
			"value": scene.entries["Badger"],
		}
		assert post(browser, "frappe.client.set_value", **set_value).status_code == 403, ledger
	for child in CHILDREN:
		name = frappe.db.get_value(child, {"parent": scene.entries["Aardvark"]})
		values = {"satisfied_on": "2026-01-01 10:00:00"} if child == "Prospect Requirement" else {"amount": 1}
		assert browser.put(f"/api/resource/{child}/{name}", json=values).status_code == 403, child


# ------------------------------------------------------------- hooks
def test_permission_hooks_answer_true_or_false(scene):
	hooks = frappe.get_hooks("has_permission")
	ours = {
		doctype: path
		for doctype, paths in hooks.items()
		for path in paths
		if path.startswith("prospect_mgmt.")
	}
	assert {ENTRY, "Prospect List", *LEDGERS} <= set(ours)
	for doctype, path in ours.items():
		name = frappe.db.get_value(doctype, {}, "name")
		docs = [frappe.new_doc(doctype)] + ([frappe.get_doc(doctype, name)] if name else [])
		for user in [*scene.people.values(), "Guest", "Administrator"]:
			for ptype in ("read", "write", "create", "delete", "export", "share"):
				for doc in docs:
					assert frappe.get_attr(path)(doc, ptype, user) in (True, False), (path, user, ptype)
					assert isinstance(frappe.get_attr(path)(doc, ptype=ptype, user=user), bool), (
						path,
						user,
						ptype,
					)


# ------------------------------------------------------------- every public method
def public_methods() -> set[str]:
	"""Every whitelisted function of the app, found by importing all of it."""
	for module in pkgutil.walk_packages(prospect_mgmt.__path__, "prospect_mgmt."):
		if not module.name.endswith("__main__"):
			importlib.import_module(module.name)
	return {
		f"{f.__module__}.{f.__qualname__}"
		for f in frappe.whitelisted
		if f.__module__.startswith("prospect_mgmt.")
	}


ALL = ("colleague", "stranger", "accountant", "guest")  # to whom nothing of list B belongs
NO_SELLERS = ("colleague", "accountant", "guest")
NO_RECORD = object()  # there is none in the scene: its ID is invented

# Every public method but those of the entry, which are found by themselves above: a new one has to be entered here.
# {method: (record, arguments, who is refused)}; without a record it is a function.
METHODS = {
	"api.capture": (None, {}, (*ALL, "manager")),
	"duplicates.matches": (None, {"lead": {"email_id": "petra@example.com"}}, NO_SELLERS),
	"consent.record": (None, {"lead": "@lead", "text": "x", "place": "x"}, NO_SELLERS),
	"duplicates.same_person": (None, {"lead": "@lead", "other": "@lead"}, NO_SELLERS),
	"enrolment.enrol_lead": (None, {"lead": "@lead", "prospect_list": "List B"}, ALL),
	"enrolment.enrol_leads": (None, {"leads": [], "prospect_list": "List B"}, (*ALL, "seller")),
	"enrolment.enrol_all_that_match": (None, {"prospect_list": "List B"}, (*ALL, "seller")),
	"enrolment.count_matching": (None, {"prospect_list": "List B"}, (*ALL, "seller")),
	"numbers.preview": (None, {"series": ["WEB-.####"]}, (*ALL, "seller")),
	"panel.get_panel": (None, {"entry": "@entry"}, ALL),
	"panel.get_choices": (None, {"entry": "@entry"}, ALL),
	"panel.get_agents": (None, {"entries": ["@entry"]}, ALL),
	"panel.draft_information": (None, {"entry": "@entry"}, ALL),
	"panel.preview_information": (None, {"entry": "@entry", "subject": "x", "content": "x"}, ALL),
	"reporting.own.own_figures": (None, {"from_date": "2026-01-01", "to_date": "2026-01-31"}, ("accountant", "guest")),
	"privacy.forget": (None, {"lead": "@lead", "reason": "x"}, (*ALL, "seller", "supervisor")),
	"telephone.caller": (None, {"name": "@call"}, ALL),
	"telephone.new_lead": (None, {"name": "@call"}, ALL),
	"ProspectList.get_counts": (("Prospect List", "List B"), {}, ALL),
	"ProspectList.preview_anonymising": (("Prospect List", "List B"), {"days": 1}, (*ALL, "seller")),
	"ProspectPerformanceReview.get_differences": (
		("Prospect Performance Review", NO_RECORD), {}, (*ALL, "seller", "supervisor"),
	),
	"ProspectDueStep.retry": (("Prospect Due Step", "@step"), {}, (*ALL, "seller")),
	"ProspectDueStep.cancel_step": (("Prospect Due Step", "@step"), {"reason": "x"}, (*ALL, "seller")),
	"ProspectDueStep.put_back": (("Prospect Due Step", "@step"), {}, (*ALL, "seller")),
	"ProspectDueStep.run_now": (("Prospect Due Step", "@step"), {"reason": "x"}, (*ALL, "seller")),
	"ProspectDueStep.move_step": (
		("Prospect Due Step", "@step"), {"due_on": NEXT_YEAR, "reason": "x"}, (*ALL, "seller"),
	),
	"worklist.get_worklist": (None, {}, ("accountant", "guest")),
	"worklist.get_team": (None, {"prospect_list": "List B"}, (*ALL, "seller")),
	"step_calendar.get_events": (None, {"start": "2026-01-01", "end": "2026-02-01"}, ("accountant", "guest")),
	"worklist.mark_spam": (None, {"entries": ["@entry"]}, ALL),
	"worklist.undo_spam": (None, {"entries": ["@entry"]}, ALL),
	"worklist.assign": (None, {"entries": ["@entry"]}, ALL),
	"worklist.undo_assign": (None, {"before": {"@entry": None}}, ALL),
	"board.get_cards": (
		None, {"board": "Prospect Stages", "doctype": ENTRY, "fields": '["name"]'}, ("accountant", "guest"),
	),
	"board.update_order": (None, {"board_name": "Prospect Stages", "order": "{}"}, ("guest",)),
	"board.update_order_for_single_card": (
		None,
		{"board_name": "Prospect Stages", "docname": "@entry", "from_colname": "Call", "to_colname": "Email",
			"old_index": 0, "new_index": 0},
		ALL,
	),
	**{
		f"cards.get_{card}": (None, {}, ("accountant", "guest"))
		for card in ("new_today", "unacknowledged", "overdue", "due_today", "waiting_for_us", "won_this_month")
	},
	"cards.get_sales_this_month": (None, {}, ("colleague", "accountant", "guest")),
	**{
		f"ProspectListImport.{method}": (("Prospect List Import", "@import"), {}, (*ALL, "seller"))
		for method in ("rehearse", "start_import", "undo", "go_on")
	},
	"importing.form.get_rows": (None, {"name": "@import"}, (*ALL, "seller")),
	"importing.form.get_file": (None, {"name": "@import"}, (*ALL, "seller")),
	"export.export_entries": (None, {}, NO_SELLERS),
	"ProspectSignalFailure.retry": (("Prospect Signal Failure", NO_RECORD), {}, (*ALL, "seller", "supervisor")),
	"ProspectCapture.retry": (("Prospect Capture", NO_RECORD), {}, (*ALL, "seller")),
	"ProspectDuplicatePair.choices": (("Prospect Duplicate Pair", NO_RECORD), {}, NO_SELLERS),
	"ProspectDuplicatePair.dismiss": (("Prospect Duplicate Pair", NO_RECORD), {}, NO_SELLERS),
	"ProspectDuplicatePair.undo_merge": (("Prospect Duplicate Pair", NO_RECORD), {}, NO_SELLERS),
	"ProspectDuplicatePair.merge": (("Prospect Duplicate Pair", NO_RECORD), {"survivor": "x"}, NO_SELLERS),
	"ProspectProcedure.describe": (("Prospect Procedure", "@procedure"), {}, NO_SELLERS),
	"ProspectProcedure.preview_replan": (("Prospect Procedure", "@procedure"), {}, (*ALL, "seller")),
	"ProspectProcedure.replan_open_entries": (("Prospect Procedure", "@procedure"), {}, (*ALL, "seller")),
	"ProspectManagementSettings.get_next_numbers": (
		("Prospect Management Settings", "Prospect Management Settings"), {}, (*ALL, "seller", "supervisor"),
	),
}  # fmt: skip
# These answer with what the caller may see: to strangers that is nothing, see below.
ANSWER_NOTHING = {"health.warnings"}
# The form on the website asks when it is opened: test_webform.py.
FOR_GUESTS = {"webform.begin", "webform.accept"}
# Frappe's own, for which ours stands, is; it asks for the rights of whoever calls: test_permissions_own.py.
OPEN_AS_FRAPPES = {"entry.watching.can_subscribe_doctype"}
# These say in their own tests who may call them.
TESTED_ELSEWHERE = {
	"reporting.drill.entries_behind",
	"export.export_data",
	"export.export_list",
	"export.export_report",
	"onboarding.get_desktop_page",
	*OPEN_AS_FRAPPES,
}


def short(name: str) -> str:
	"""ProspectList.get_counts for a method of a record, enrolment.enrol_lead for a function."""
	return ".".join(name.split(".")[-2:]) if ".doctype." in name else name.removeprefix("prospect_mgmt.")


def full(name: str) -> str:
	return f"prospect_mgmt.{name}"


def test_strangers_are_refused_by_every_public_method(scene, client):
	entry = scene.entries["Dolphin"]
	real = {
		"@entry": entry,
		"@lead": frappe.db.get_value(ENTRY, entry, "lead"),
		"@step": frappe.db.get_value("Prospect Due Step", {"entry": entry}),
		"@procedure": frappe.db.get_value("Prospect List", "List B", "procedure"),
		"@call": _call(),
		"@import": _import(),
	}
	before = stored()
	for name, (record, arguments, refused) in METHODS.items():
		arguments = {k: _real(v, real) for k, v in arguments.items()}
		for person in refused:
			answer = _called(client(person), name, record, arguments, real)
			assert answer.status_code == 403, f"{person}: {name}: {answer.text}"
	for person in ALL[:-1]:
		assert client(person).call("prospect_mgmt.health.warnings") == [], person
	assert client("guest").post("/api/method/prospect_mgmt.health.warnings").status_code == 403
	assert stored() == before


def _real(value, real: dict):
	"""An argument with the IDs of the scene in it."""
	if isinstance(value, list):
		return [real.get(item, item) for item in value]
	if isinstance(value, dict):
		return {real.get(key, key): item for key, item in value.items()}
	return real.get(value, value) if isinstance(value, str) else value


def _import() -> str:
	name = importing.upload("List B", b"Contact,E-mail\nAnna,anna@weber.example\n").name
	frappe.db.commit()
	return name


def _call() -> str:
	call = {
		"doctype": "Call Log",
		"type": "Incoming",
		"from": "+491515550999",
		"to": "+4930123456",
		"status": "Ringing",
	}
	name = frappe.get_doc({**call, "id": "a-call"}).insert().name
	frappe.db.commit()
	return name


def _called(browser, name: str, record, arguments: dict, real: dict):
	if not record:
		return post(browser, full(name), **arguments)
	doctype, document = record
	method = name.split(".")[-1]
	if document is NO_RECORD:
		return run_invented(browser, doctype, method, **arguments)
	return run_doc_method(browser, doctype, real.get(document, document), method, **arguments)


def test_every_public_method_is_known_here():
	names = {short(name) for name in public_methods()}
	of_entry = {f"ProspectListEntry.{name}" for name in entry_methods()}
	assert names == of_entry | set(METHODS) | ANSWER_NOTHING | TESTED_ELSEWHERE | FOR_GUESTS


def test_public_methods_have_typed_arguments_and_write_by_post():
	public_methods()
	reads = (
		"get_",
		"preview",
		"draft_",
		"describe",
		"count_",
		"warnings",
		"matches",
		"entries_behind",
		"own_figures",
		"caller",
		"export_",
		"can_subscribe_doctype",  # as Frappe's own, for which it stands
	)
	for function in frappe.whitelisted:
		if not function.__module__.startswith("prospect_mgmt."):
			continue
		name = f"{function.__module__}.{function.__qualname__}"
		for parameter in inspect.signature(function).parameters.values():
			typed = (
				parameter.annotation is not inspect.Parameter.empty or parameter.kind is parameter.VAR_KEYWORD
			)
			# Frappe checks no annotation that is a string: no `from __future__ import annotations` in such a module.
			typed = typed and not isinstance(parameter.annotation, str)
			assert typed or parameter.name == "self", f"{name}: {parameter.name}"
		methods = frappe.allowed_http_methods_for_whitelisted_func[function]
		assert "GET" not in methods or function.__name__.startswith(reads), f"{name} can be called by GET"
		is_open = function in frappe.guest_methods
		assert is_open == (short(name) in FOR_GUESTS | OPEN_AS_FRAPPES), f"{name} is open to guests"
