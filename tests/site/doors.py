"""The doors through which Frappe lets records out over HTTP: lists, forms, reports, searches, methods."""

import json
import re

import frappe

ENTRY = "Prospect List Entry"
LEDGERS = ("Prospect Interaction", "Prospect Due Step", "Prospect Stage Change")
CHILDREN = ("Prospect Requirement", "Prospect Entry Document", "Prospect Answer Promise")


def all_of(value) -> str:
	return json.dumps(value)


# ------------------------------------------------------------- doors that lists are read through
def lists_read(client) -> dict[str, str]:
	"""{door: what it answered}, for each door through which lists of entries can be read."""
	fields, page = all_of(["name", "lead_name"]), {"limit_page_length": 0}
	columns = all_of([f"`tab{ENTRY}`.`name`", f"`tab{ENTRY}`.`lead_name`"])
	of_entries = {"doctype": ENTRY, "fields": columns, "limit_page_length": 500}
	every = all_of([["name", "like", "%"]])
	get = {
		"resource": (f"/api/resource/{ENTRY}", {"fields": fields, **page}),
		"resource, filters": (f"/api/resource/{ENTRY}", {"fields": fields, "filters": every, **page}),
		"resource, or_filters": (f"/api/resource/{ENTRY}", {"fields": fields, "or_filters": every, **page}),
		"resource, all fields": (f"/api/resource/{ENTRY}", {"fields": all_of(["*"]), **page}),
		"resource, by a child row": (
			f"/api/resource/{ENTRY}",
			{"fields": fields, "filters": all_of([["Prospect Requirement", "detail", "like", "%"]]), **page},
		),
		"client.get_list": (
			"/api/method/frappe.client.get_list",
			{"doctype": ENTRY, "fields": fields, **page},
		),
		"reportview.get": ("/api/method/frappe.desk.reportview.get", of_entries),
		"reportview.get_list": ("/api/method/frappe.desk.reportview.get_list", of_entries),
		"link search": (
			"/api/method/frappe.desk.search.search_link",
			{"doctype": ENTRY, "txt": "", "page_length": 500},
		),
		"calendar": (
			"/api/method/frappe.desk.calendar.get_events",
			{
				"doctype": ENTRY,
				"start": "2000-01-01",
				"end": "2100-01-01",
				"field_map": all_of(
					{
						"start": "first_contact_on",
						"end": "first_contact_on",
						"id": "name",
						"title": "lead_name",
					}
				),
				"fields": all_of(["name", "lead_name", "first_contact_on"]),
			},
		),
	}
	return {door: client.get(path, params=query).text for door, (path, query) in get.items()}


def other_lists_read(client) -> dict[str, str]:
	"""The same for what hangs on entries: child rows, comments, messages, files, versions, search."""
	answers = {}
	for child in CHILDREN:
		query = {"parent": ENTRY, "fields": all_of(["*"]), "limit_page_length": 0}
		answers[f"{child}, client"] = client.get(
			"/api/method/frappe.client.get_list", params={"doctype": child, **query}
		).text
		answers[f"{child}, resource"] = client.get(f"/api/resource/{child}", params=query).text
		query = {
			"doctype": child,
			"parent_doctype": ENTRY,
			"fields": all_of([f"`tab{child}`.*"]),
			"limit_page_length": 500,
		}
		answers[f"{child}, report"] = client.get("/api/method/frappe.desk.reportview.get", params=query).text
	for doctype in ("Comment", "Communication", "Version", "ToDo", "Notification Log"):
		query = {"fields": all_of(["*"]), "limit_page_length": 0}
		answers[doctype] = client.get(f"/api/resource/{doctype}", params=query).text
	for animal in ("Aardvark", "Badger", "Dolphin"):
		query = {"text": animal, "limit": 100}
		answers[f"global search {animal}"] = _found(client, query)
	return answers


def _found(client, query: dict) -> str:
	answer = (
		client.get("/api/method/frappe.utils.global_search.search", params=query).json().get("message") or []
	)
	return all_of([row for row in answer if row.get("doctype", "").startswith("Prospect")])


# ------------------------------------------------------------- doors that one record is read through
def one_read(client, name: str) -> dict[str, str]:
	"""{door: what it answered} for one entry whose ID is known, or guessed."""
	of_it = {"doctype": ENTRY, "name": name}
	doors = {
		"resource": (f"/api/resource/{ENTRY}/{name}", {}),
		"getdoc": ("/api/method/frappe.desk.form.load.getdoc", of_it),
		"docinfo": ("/api/method/frappe.desk.form.load.get_docinfo", of_it),
		"client.get": ("/api/method/frappe.client.get", of_it),
		"client.get_value": (
			"/api/method/frappe.client.get_value",
			{
				"doctype": ENTRY,
				"fieldname": all_of(["name", "lead_name", "sale_value", "quoted_amount"]),
				"filters": name,
			},
		),
		"print": ("/api/method/frappe.www.printview.get_html_and_style", {"doc": ENTRY, "name": name}),
		"print page": ("/printview", of_it),
		"validate_link": (
			"/api/method/frappe.client.validate_link",
			{"doctype": ENTRY, "docname": name, "fields": all_of(["lead_name"])},
		),
		"panel": ("/api/method/prospect_mgmt.panel.get_panel", {"entry": name}),
		"choices": ("/api/method/prospect_mgmt.panel.get_choices", {"entry": name}),
		"draft": ("/api/method/prospect_mgmt.panel.draft_information", {"entry": name}),
	}
	return {door: client.get(path, params=query).text for door, (path, query) in doors.items()}


def no_amount(text: str) -> bool:
	"""Whether an answer leaves out the amount of the scene; its digits also stand in times and names by chance."""
	return not re.search(r"(?<![\w.,:-])4[,.]?321(?![\w:-])", text)


# ------------------------------------------------------------- doors that things are done through
def run_doc_method(client, doctype: str, name: str, method: str, **args):
	return post(client, "run_doc_method", dt=doctype, dn=name, method=method, args=args)


def run_forged(client, doctype: str, name: str, method: str, forged: dict, **args):
	"""As the form does it: the whole document comes from the browser, and says what it likes."""
	modified = str(frappe.db.get_value(doctype, name, "modified"))
	docs = {"doctype": doctype, "name": name, "modified": modified, **forged}
	return post(client, "run_doc_method", docs=docs, method=method, args=args)


def post(client, path: str, /, **data):
	"""POST a whitelisted method with arguments of any type."""
	fields = {k: v if isinstance(v, str) else json.dumps(v) for k, v in data.items()}
	return client.post(f"/api/method/{path}", data=fields)


def run_invented(client, doctype: str, method: str, **args):
	"""A method of a record that exists only in what the browser sends."""
	return post(
		client,
		"run_doc_method",
		docs={"doctype": doctype, "name": "invented", "__islocal": 1},
		method=method,
		args=args,
	)
