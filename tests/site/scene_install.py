"""What tests/site/test_install.py does on a spare site, in a process of its own there, and how it looks at its database."""

import json
import sys

import frappe

OWN_ROLE = "Prospect Agent"
NOISE = (  # what Frappe writes about itself
	"tabDeleted Document",
	"tabScheduled Job Log",
	"tabInstalled Application",
	"tabActivity Log",
	"tabError Log",
	"tabRoute History",
	"__global_search",
)
ITSELF = "Installed Applications"
CLOCKED = ("modified", "modified_by", "last_execution", "creation", "next_execution")


def on(spare, function: str, **arguments):
	"""Call a function of this module on a spare site; its answer comes back as JSON."""
	output = spare.site.python(
		"-m", "tests.site.scene_install", spare.site.name, function, json.dumps(arguments)
	)
	return json.loads(output.strip().splitlines()[-1])


def snapshot(spare) -> dict[str, dict[str, dict]]:
	"""{table: {key of row: row}}: the whole database but for Frappe's notes on itself and its timestamps."""
	with spare.mariadb.connect(spare.site.database) as connection, connection.cursor() as cursor:
		cursor.execute("SHOW FULL TABLES WHERE Table_type = 'BASE TABLE'")
		return {table: _rows(cursor, table) for table, _type in cursor.fetchall() if table not in NOISE}


def columns(spare) -> set[tuple[str, str]]:
	"""(table, column) of the whole database."""
	sql = "SELECT TABLE_NAME, COLUMN_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = %s"
	return set(spare.mariadb.query(sql, [spare.site.database]))


def difference(before: dict, after: dict) -> list[str]:
	"""What changed, one line for each row; a column more is no change (see `columns`)."""
	lines = []
	for table in sorted(before.keys() | after.keys()):
		old, new = before.get(table), after.get(table)
		if old is None or new is None:
			lines.append(f"{table}: table {'added' if old is None else 'gone'}")
			continue
		new = _in_columns_of(old, new)
		lines += [f"{table}: {key} gone" for key in sorted(old.keys() - new.keys())]
		lines += [f"{table}: {key} added {_subject(new[key])}" for key in sorted(new.keys() - old.keys())]
		for key in sorted(old.keys() & new.keys()):
			if changed := {c: (v, new[key].get(c)) for c, v in old[key].items() if new[key].get(c) != v}:
				lines.append(f"{table}: {key} changed {changed}")
	return lines


def _in_columns_of(old: dict, new: dict) -> dict:
	"""The rows of after, known by the columns of before where a row is its own key."""
	columns = {column for row in old.values() for column in row}
	more = {column for row in new.values() for column in row} - columns
	if not old or not more:
		return new
	return {
		json.dumps({column: row[column] for column in row if column in columns})
		if key.startswith("{")
		else key: row
		for key, row in new.items()
	}


def _subject(row: dict) -> str:
	return row.get("reference_doctype") or row.get("ref_doctype") or ""


def mentions(database: dict, words: list[str]) -> list[str]:
	"""Rows in which one of the words stands, whatever the column."""
	return [
		f"{table}: {key}: {value}"
		for table, rows in database.items()
		for key, row in rows.items()
		for value in row.values()
		if any(word in value for word in words)
	]


def _rows(cursor, table: str) -> dict[str, dict]:
	cursor.execute(f"SELECT * FROM `{table}`")
	names = [column[0] for column in cursor.description]
	rows = [dict(zip(names, map(str, row), strict=True)) for row in cursor.fetchall()]
	for row in rows:
		for name in CLOCKED:
			row.pop(name, None)
	return {
		_key(table, row): row for row in rows if row.get("field") not in CLOCKED and _subject(row) != ITSELF
	}


def _key(table: str, row: dict) -> str:
	if table == "tabSingles":
		return f"{row['doctype']}.{row['field']}"
	if "parentfield" in row:  # Frappe gives rows of child tables new names when it writes them anew
		del row["name"], row["idx"]
		return json.dumps(row)
	return row.get("name") or json.dumps(row)


# ------------------------------------------------------------- done on the spare site
def customise() -> dict:
	"""An admin's own records, some by the very names that we ship; returns them as they are."""
	frappe.get_doc(
		doctype="Email Template", name="Prospect Courtesy Note", subject="Ours", response="<p>Ours</p>"
	).insert()
	frappe.get_doc(doctype="Lead Source", source_name="Website", details="Ours").insert(
		ignore_if_duplicate=True
	)
	frappe.get_doc(doctype="Workflow State", workflow_state_name="Call", style="Inverse").insert()
	frappe.get_doc(doctype="Workflow Action Master", workflow_action_name="Close").insert()
	frappe.get_doc(doctype="Role", role_name="Telephone team").insert()
	frappe.get_doc(
		doctype="Custom Field", dt="Lead", fieldname="shoe_size", label="Shoe size", fieldtype="Data"
	).insert()
	frappe.make_property_setter(
		{"doctype": "Lead", "fieldname": "city", "property": "hidden", "value": "1", "property_type": "Check"}
	)
	frappe.get_doc(
		doctype="Document Naming Rule", document_type="Lead", prefix="OWN-", prefix_digits=3, priority=5,
		conditions=[{"field": "source", "condition": "=", "value": "Website"}],
	).insert()  # fmt: skip
	return {"lead": _lead("before@example.com").name}


def use() -> dict:
	"""A day with the app: leads, calls, mails, files, shares, boards, a deleted lead; returns the leads there are now."""
	from frappe.share import add as share

	_mail_account()
	first = _lead("one@example.com", mobile_no="+49 30 1")
	_lead("two@example.com")
	user = frappe.get_doc(
		doctype="User",
		email="agent@example.com",
		first_name="Agent",
		send_welcome_email=0,
		roles=[{"role": OWN_ROLE}],
	).insert()
	prospects = frappe.get_doc("Prospect List", frappe.get_all("Prospect List", pluck="name")[0])
	prospects.append("agents", {"user": user.name, "enabled": 1})
	prospects.save()
	entry = frappe.get_doc("Prospect List Entry", {"open_lead": first.name})
	entry.assign(user.name, "Please ring")
	entry.log_call("Wants a price list")
	entry.send_information("Our price list", "<p>Here.</p>")
	entry.add_comment("Comment", "Nice people")
	entry.add_tag("vip")
	share(entry.doctype, entry.name, "Administrator", write=1)
	frappe.get_doc(
		doctype="File",
		file_name="drawing.txt",
		content="x",
		attached_to_doctype=entry.doctype,
		attached_to_name=entry.name,
	).insert()
	frappe.get_doc(
		doctype="Communication", reference_doctype=entry.doctype, reference_name=entry.name, subject="Note",
		content="Note", communication_type="Communication", sent_or_received="Received", communication_medium="Chat",
	).insert()  # fmt: skip
	frappe.get_doc(
		doctype="Kanban Board", kanban_board_name="Prospects", reference_doctype=entry.doctype, field_name="stage",
		columns=[{"column_name": "Call"}],
	).insert()  # fmt: skip
	frappe.get_doc(
		doctype="List Filter", reference_doctype=entry.doctype, filter_name="Mine", filters="[]"
	).insert()
	frappe.get_doc(
		doctype="User Permission", user=user.name, allow="Prospect List", for_value=prospects.name
	).insert()
	frappe.make_property_setter(
		{
			"doctype": entry.doctype,
			"fieldname": "interest",
			"property": "hidden",
			"value": "1",
			"property_type": "Check",
		}
	)
	frappe.get_doc(
		doctype="Custom Field", dt=entry.doctype, fieldname="shoe_size", label="Shoe size", fieldtype="Data"
	).insert()
	_lead("three@example.com").delete()
	return {
		"leads": frappe.get_all("Lead", pluck="name", order_by="name"),
		"doctypes": frappe.get_all("DocType", filters={"module": "Prospect Mgmt"}, pluck="name"),
	}


def edit_as_admin() -> None:
	"""What an admin changes in the Desk and must find again after an update."""
	workflow = frappe.get_doc("Workflow", "Prospect Procedure")
	workflow.transitions[0].allowed = "Sales Manager"
	workflow.save()
	procedure = frappe.get_doc("Prospect Procedure", "Standard Operating Procedure")
	procedure.acknowledge_within = 3600
	procedure.steps[0].title = "Ring them"
	procedure.save()
	template = frappe.get_doc("Email Template", "Prospect Courtesy Note")
	template.subject = "Hello again"
	template.save()
	form = frappe.get_doc("Web Form", "enquiry")
	form.update({"published": 1, "title": "Ask us", "custom_css": ".web-form { background: #ffe }"})
	form.success_message = "We have it under {0}."
	form.remove(next(field for field in form.web_form_fields if field.fieldname == "company_name"))
	form.save()
	settings = frappe.get_doc("Prospect Management Settings")
	settings.default_series = "L-.#####"
	settings.lead_number_series = settings.lead_number_series[:1]
	settings.save()
	frappe.db.set_single_value("Prospect Management Settings", "default_prospect_list", None)
	frappe.delete_doc("Prospect List", "Prospects")
	frappe.delete_doc("Prospect Interest", "Partnership")
	frappe.delete_doc("Email Template", "Prospect Courtesy Note (zh)")
	frappe.delete_doc("Opportunity Lost Reason", "Bad timing")
	frappe.rename_doc("Prospect Interest", "Quote", "Offer")


def work_without_the_app() -> dict:
	"""ERPNext by itself: a lead, its quotation."""
	from tests import factories

	lead = _lead("after@example.com")
	return {"lead": lead.name, "quotation": factories.quotation(lead).docstatus}


def work_on() -> dict:
	"""What an updated site is asked: is anybody silent, does the sweep run, are reviews the same, which number is next?"""
	from prospect_mgmt import health, sweep

	review = "Prospect Performance Review"
	silent = health.silent_entries()
	frappe.db.delete("Error Log")
	sweep.run()
	return {
		"silent": silent,
		"failures": frappe.get_all("Prospect Signal Failure", pluck="reason"),
		"errors": frappe.get_all("Error Log", pluck="method"),
		"differences": {
			name: frappe.get_doc(review, name).get_differences()
			for name in frappe.get_all(review, pluck="name")
		},
		"new": _lead("after@example.com").name,
	}


def new_leads(count: int) -> list[str]:
	return [_lead(f"new{number}@example.com").name for number in range(count)]


def lists() -> list[str]:
	return frappe.get_all("Prospect List", pluck="name")


def _lead(email: str, **fields):
	values = {"doctype": "Lead", "first_name": "Petra", "email_id": email}
	return frappe.get_doc(values | fields).insert()


def _mail_account() -> None:
	frappe.get_doc(
		doctype="Email Account", email_id="team@example.com", email_account_name="Team", enable_outgoing=1,
		default_outgoing=1, smtp_server="smtp.invalid", no_smtp_authentication=1,
	).insert()  # fmt: skip


if __name__ == "__main__":
	frappe.init(site=sys.argv[1], sites_path=".")
	frappe.connect()
	frappe.set_user("Administrator")
	answer = globals()[sys.argv[2]](**json.loads(sys.argv[3]))
	frappe.db.commit()
	print("\n" + json.dumps(answer, default=str))
