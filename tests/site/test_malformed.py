"""Whoever is logged in and sends what is no argument is told so: never a fault of the server."""

import inspect

import frappe
import pytest

from prospect_mgmt import duplicates
from tests import factories
from tests.site import staff
from tests.site.doors import ENTRY
from tests.site.test_permissions import (
	ARGUMENTS,
	METHODS,
	NO_RECORD,
	_call,
	_import,
	_real,
	full,
	public_methods,
	short,
)

# At the end what may be taken for something: after that, there may be nothing left to be done.
SENT = (["a"], {"a": ["b"]}, "x" * 100_000, "[" * 100_000, 10**30, -1, "{", "no such", None)
# Who may do what, and asks for all of it.
OF_AGENT = ("ProspectListEntry.", "panel.", "worklist.")
# What test_permissions.py does not call with arguments of its own.
MORE = {
	"reporting.drill.entries_behind": {
		"report": "Agent Performance",
		"figure": "calls",
		"filters": {"from_date": "2026-01-01", "to_date": "2026-12-31"},
		"row": {"is_total": 1},
	},
	"onboarding.get_desktop_page": {"page": '{"name": "Prospect Management"}'},
	"entry.watching.can_subscribe_doctype": {"doctype": ENTRY},
	"enrolment.enrol_lead": {"lead": "@other", "prospect_list": "List B"},
	"ProspectDuplicatePair.merge": {"survivor": "@lead"},
}
OF_CLOSED = ("new_enquiry", "reopen")
PAIR = ("Prospect Duplicate Pair", "@pair")
# Answer for every field by themselves: test_capture_hostile.py, test_webform.py.
OF_STRANGERS = {"api.capture", "webform.accept"}


@pytest.fixture
def people(isolated_site):
	"""{agent, manager}, and the lists that test_permissions.py names, which they work."""
	staff.no_automatic_enrolment()
	agent, manager = factories.user("Prospect Agent").name, factories.user("Sales Manager").name
	for title in ("List A", "List B"):
		factories.prospect_list(agent, title=title, supervisor=manager)
	return frappe._dict(agent=agent, manager=manager)


def methods(person: str) -> dict:
	"""{short name: (record, arguments, parameters)} of the public methods that take any and are for an agent, or else."""
	public_methods()
	found = {}
	for function in frappe.whitelisted:
		name = short(f"{function.__module__}.{function.__qualname__}")
		ours = function.__module__.startswith("prospect_mgmt.") and name not in OF_STRANGERS
		if ours and name.startswith(OF_AGENT) == (person == "agent"):
			parameters = [each for each in inspect.signature(function).parameters if each != "self"]
			found[name] = (*_arguments(name), parameters)
	return found


def _arguments(name: str) -> tuple:
	kind, _dot, method = name.rpartition(".")
	if kind == "ProspectListEntry":
		return (ENTRY, "@closed" if method in OF_CLOSED else "@entry"), ARGUMENTS.get(method, {})
	record, arguments, _refused = METHODS.get(name, (None, {}, ()))
	return PAIR if record and record[1] is NO_RECORD else record, MORE.get(name, arguments)


def records(agent: str) -> dict:
	"""{what test_permissions.py calls it: one that nothing was done with}"""
	entry = staff.enquiry("List B", agent)
	other = factories.lead().name
	pair = duplicates.same_person(entry.lead, other)["pair"]
	closed = staff.enquiry("List B", agent)
	closed.close("Spam")
	step = frappe.db.get_value("Prospect Due Step", {"entry": entry.name, "status": "Scheduled"})
	return {
		"@entry": entry.name,
		"@closed": closed.name,
		"@lead": entry.lead,
		"@other": other,
		"@pair": pair,
		"@step": step,
	}


@pytest.mark.parametrize("person", ["agent", "manager"])
def test_no_argument_of_a_public_method_is_a_fault_of_the_server(people, http, person):
	client, faults, real = http(people[person]), [], None
	lasting = {"@call": _call(), "@import": _import(), "@procedure": factories.procedure().name}
	for name, (record, arguments, parameters) in methods(person).items():
		for parameter in parameters:
			if not real:
				real = {**lasting, **records(people.agent)}
				frappe.db.commit()
			fields = {key: _real(value, real) for key, value in arguments.items()}
			answers = {
				str(value)[:30]: _called(client, name, record, {**fields, parameter: value}, real)
				for value in SENT
			}
			for value, answer in answers.items():
				if answer.status_code >= 500:
					faults.append((name, parameter, value, answer.text[-300:]))
			if any(answer.ok for answer in answers.values()):
				real = None  # something may have been done with them
	assert not faults, "\n".join(map(str, faults))


def _called(client, name: str, record: tuple | None, arguments: dict, real: dict):
	"""As a program does, in a JSON body."""
	if not record:
		return client.post(f"/api/method/{full(name)}", json=arguments)
	doctype, document = record
	method = {"dt": doctype, "dn": real.get(document, document), "method": name.rpartition(".")[2]}
	return client.post("/api/method/run_doc_method", json={**method, "args": arguments})
