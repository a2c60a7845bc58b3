"""What a report returns to Frappe: columns with their drill-down, definitions in words, a chart, a summary line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import frappe
from babel import UnknownLocaleError
from babel.dates import format_skeleton
from frappe import _
from frappe.utils import escape_html, fmt_money, formatdate, getdate, strip_html
from pypika.terms import Criterion, ExistsCriterion

from prospect_mgmt.procedure import review
from prospect_mgmt.procedure.review import Scope, percent
from prospect_mgmt.reporting import colleagues
from prospect_mgmt.reporting.period import WholeTeam
from prospect_mgmt.reporting.sql import ENTRY
from prospect_mgmt.sheet.charts import width_of
from prospect_mgmt.typed import as_typed

SHOWN = 5000  # rows; more than anybody reads, and few enough for a browser or a mail
EXPORTED = (
	100_000  # rows; a spreadsheet program opens them. CSV takes half a minute to a minute, Excel longer
)
PREPARING = "frappe.core.doctype.prepared_report.prepared_report.generate_report"
AMOUNTS = frozenset({"quoted_amount", "sale_value", "average_sale"})
LETTER = 7  # pixels: a label is read whole
WIDTHS = {
	"Int": 110,
	"Percent": 110,
	"Float": 120,
	"Currency": 140,
	"Duration": 130,
	"Datetime": 160,
	"Data": 180,
	"Link": 200,
}


def column(
	fieldname: str, label: str, fieldtype: str = "Int", options: str | None = None, drill: dict | None = None
) -> dict:
	"""A column; `drill` says where a click on its figures leads (`entries`, `records`, `behind`)."""
	width = max(WIDTHS[fieldtype], LETTER * width_of(label) + 40)
	result = {"fieldname": fieldname, "label": label, "fieldtype": fieldtype, "width": width}
	if fieldtype == "Float":
		result["precision"] = 1
	return result | ({"options": options} if options else {}) | ({"drill": drill} if drill else {})


# ------------------------------------------------------------- drill-down
def entries(scope: Scope, by: dict[str, str] | None = None, **filters) -> dict:
	"""The list of the entries that a figure counts. `by`: {field of the entry: field of the report's row}."""
	asked = {field: value for field, value in vars(scope).items() if value}
	if not scope.prospect_list and (lists := colleagues.lists_of(scope.agent)) is not None:
		asked["prospect_list"] = ["in", lists]
	counts = {"outcome": ["not in", sorted(review.NOT_COUNTED)]}
	return {"doctype": ENTRY, "filters": {**counts, **asked, **filters}, "by": by or {}}


def records(doctype: str, by: dict[str, str] | None = None, **filters) -> dict:
	"""A list of other records."""
	return {"doctype": doctype, "filters": filters, "by": by or {}}


def behind(figure: str, doctype: str = ENTRY) -> dict:
	"""The records behind a figure that no list filter can say: the report is asked for them (`drill.entries_behind`)."""
	return {"behind": figure, "doctype": doctype}


# ------------------------------------------------------------- around the table
def result(
	columns: list[dict],
	rows: list[dict],
	meanings: dict[str, str],
	chart: dict | None = None,
	summary: Sequence[dict] = (),
	notes: dict[str, str] | None = None,
):
	"""What a report's `execute` returns. Rows carry their own total. `notes`: {what else is shown: what it means}."""
	columns = _permitted(columns)
	blank = {c["fieldname"]: None for c in columns}  # Frappe's export looks for every field in every row
	rows = [blank | _without_hidden(row, blank) for row in rows]
	return (
		columns,
		_as_text(columns, rows),
		message(columns, meanings, bool(rows), notes or {}),
		chart if rows else None,
		list(summary) if rows else [],
		1,
	)


def _as_text(columns: list[dict], rows: list[dict]) -> list[dict]:
	"""The rows with texts as they were typed: the browser escapes them; for a mail or a file see `by_mail`."""
	fields = {c["fieldname"] for c in columns if c["fieldtype"] == "Data"}
	return [
		{
			field: as_typed(value) if field in fields and isinstance(value, str) else value
			for field, value in row.items()
		}
		for row in rows
	]


@contextmanager
def for_a_file() -> Iterator[None]:
	"""Meanwhile reports have as many rows as a file may hold."""
	frappe.flags.prospect_file = True
	try:
		yield
	finally:
		frappe.flags.prospect_file = None


def most_rows() -> int:
	"""How many rows a report has at the most."""
	return EXPORTED if frappe.flags.prospect_file else SHOWN


def first_of(rows: list[dict], total: int, field: str) -> list[dict]:
	"""The rows of a report that shows no more of its `total`; then a last one says so, in `field`, in each file and mail, too."""
	if len(rows) >= total:
		return rows
	said = (
		_("These are the first {0} of {1}: a shorter period shows the others.")
		if total > EXPORTED or _is_prepared()
		else _("These are the first {0} of {1}: an export has them all, a shorter period shows the others.")
	)
	return [*rows, {field: said.format(len(rows), total), "bold": 1}]


def _is_prepared() -> bool:
	"""Whether Frappe makes the report in the background and keeps it: an export of it has what was kept."""
	job = getattr(frappe.local, "job", None)
	return bool(job) and job.method == PREPARING


def _without_hidden(row: dict, shown: dict) -> dict:
	"""Frappe hands out rows as they are: an amount that has no column must not be in them."""
	return {field: value for field, value in row.items() if field in shown or not _is_amount(field)}


def _permitted(columns: list[dict]) -> list[dict]:
	"""Without the amounts, for whom these are not shown on entries either."""
	return columns if sees_amounts() else _no_amounts(columns)


def _no_amounts(columns: list[dict]) -> list[dict]:
	return [c for c in columns if not _is_amount(c["fieldname"])]


def _is_amount(field: str) -> bool:
	return field.removesuffix("_before") in AMOUNTS


def sees_amounts(user: str | None = None) -> bool:
	"""Whether a user (else: who asks) reads the amounts of entries, which are of permission level 1."""
	return 1 in frappe.get_meta(ENTRY).get_permlevel_access("read", user=user)


def message(columns: list[dict], meanings: dict[str, str], has_rows: bool, notes: dict[str, str]) -> str:
	"""The plain sentence that defines each figure shown."""
	nothing = "" if has_rows else f"<p>{_('There is nothing of this in the period.')}</p>"
	shown = [(c["label"], meanings[c["fieldname"]]) for c in columns if c["fieldname"] in meanings]
	shown += [(label, text) for label, text in notes.items() if has_rows]
	lines = "".join(f"<li><b>{escape_html(label)}</b>: {escape_html(_(text))}</li>" for label, text in shown)
	return f'{nothing}<details class="prospect-meanings"><summary>{_("What the figures mean")}</summary><ul>{lines}</ul></details>'


def bars(
	labels: list[str],
	*series: tuple[str, list, str],
	stacked: bool = False,
	fieldtype: str | None = "Int",
) -> dict:
	"""A bar chart of (name, values, colour). Its tooltips show a label as the HTML it may contain: tags are taken out.

	With a `fieldtype` they show a value that is None as 0; without, as nothing. One series has no legend: its name is the title.
	"""
	data = {
		"labels": [strip_html(label) for label in labels],
		"datasets": [{"name": name, "values": values} for name, values, _colour in series],
		"whole_labels": 1,  # for prospect_charts.js
	}
	options = {"stacked": 1} if stacked else {}
	title = {} if series[1:] else {"title": series[0][0]}
	return {
		"data": data,
		"type": "bar",
		"fieldtype": fieldtype,
		"colors": [colour for _name, _values, colour in series],
		"barOptions": options,
		**title,
	}


def figure(label: str, value, datatype: str = "Int", indicator: str = "Blue", **more) -> dict:
	"""One figure of the summary line. Frappe shows a text as the HTML it may contain: it is escaped here.

	A click leads where `drill` says, or the column named by `figure`, for the total or the row that has the values of `row`.
	"""
	if value is None:  # a rate of nothing, which leads nowhere
		value, datatype, more = "–", "Data", {}
	if datatype == "Float":  # Frappe would show all the decimals that the site has
		value, datatype = number(value), "Data"
	shown = escape_html(value) if isinstance(value, str) else value
	return {"label": label, "value": shown, "datatype": datatype, "indicator": indicator, **more}


def number(value: float) -> str:
	"""A number in the number format of the site, with one decimal where it is not whole."""
	return fmt_money(value, precision=0 if value == int(value) else 1)


def month(day, short: bool = False) -> str:
	"""A month with its year, in the words and the order of the reader's language; in digits where Babel does not know it."""
	skeleton = "yMMM" if short else "yMMMM"
	try:
		return format_skeleton(skeleton, getdate(day), locale=frappe.local.lang.replace("-", "_"))
	except (UnknownLocaleError, ValueError):
		return formatdate(day, "MM-yyyy")


def source(name: str | None) -> str | None:
	"""A source as its reader calls it."""
	return named(name, "Lead Source")


def named(name: str | None, context: str | None = None) -> str | None:
	"""A master (a source, an interest, an objection) as its reader calls it: those that are shipped have names in each language."""
	return _(name, context=context) if name else name


def sums(rows: list[dict], *fields: str) -> dict:
	"""The sum of each field over rows that were aggregated already."""
	return {field: sum(row.get(field) or 0 for row in rows) for field in fields}


def rate(part: float, whole: float) -> float | None:
	"""Part of a whole in percent; of nothing there is no rate, and none is shown."""
	return percent(part, whole) if whole else None


def with_rates(found: dict) -> dict:
	"""Figures of a group as they are shown: without the rates and averages of nothing."""
	nothing = {
		"success_rate": found["closed"],
		"conversion": found["received"],
		"average_sale": found["won"],
		"days_to_sale": found["won"],
	}
	return {**found, **{figure: found[figure] if of else None for figure, of in nothing.items()}}


# ------------------------------------------------------------- amounts
def currency(asked) -> str | None:
	"""The one currency of what is asked, or None: amounts in several currencies are not added up."""
	found = {frappe.get_cached_value("Company", name, "default_currency") for name in _companies(asked.scope)}
	if not found:
		return frappe.db.get_default("currency")  # of no list, there is nothing to add up
	return found.pop() if len(found) == 1 else None


def _companies(scope: Scope) -> set[str]:
	"""The companies whose amounts may be added up: of the lists that are asked for, as far as the user sees entries of them."""
	if scope.company:
		return {scope.company}
	if scope.prospect_list:
		return {frappe.get_cached_value("Prospect List", scope.prospect_list, "company")}
	if isinstance(scope, WholeTeam):
		return set(frappe.get_all("Prospect List", pluck="company"))
	seen = frappe.get_list("Prospect List", fields=["name", "company"])
	return {row.company for row in seen} | _companies_of_own([row.name for row in seen])


def _companies_of_own(seen: list[str]) -> set[str]:
	"""The companies of lists that the user does not see, but entries of: worked, covered, or shared with them."""
	user, prospects, entry = frappe.session.user, frappe.qb.DocType("Prospect List"), frappe.qb.DocType(ENTRY)
	there = frappe.qb.from_(entry).select(entry.name).where(entry.prospect_list == prospects.name)
	own = [entry.agent == user, entry.cover == user]
	if shared := frappe.share.get_shared(ENTRY, user):
		own.append(entry.name.isin(shared))
	query = frappe.qb.from_(prospects).select(prospects.company).distinct()
	query = query.where(prospects.name.notin(seen)) if seen else query
	return set(query.where(Criterion.any(ExistsCriterion(there.where(each)) for each in own)).run(pluck=True))


def without_amounts(columns: list[dict]) -> list[dict]:
	"""The columns when amounts are in several currencies."""
	frappe.msgprint(_("Amounts are in several currencies: choose a company to see them."), alert=True)
	return _no_amounts(columns)
