import frappe
from frappe import _, _lt
from frappe.model.document import Document
from frappe.utils import cint, get_link_to_form, now_datetime

from prospect_mgmt import compat, duplicates, timeline
from prospect_mgmt.entry import unmerging
from prospect_mgmt.sent import Names

# What a merged lead can hand over; the first three go together, being one name.
NAME_FIELDS = ("first_name", "middle_name", "last_name")
FIELDS = (
	*NAME_FIELDS,
	"company_name",
	"job_title",
	"email_id",
	"mobile_no",
	"phone",
	"whatsapp_no",
	"website",
	"city",
	"country",
	"language",
	"territory",
	"prospect_interest",
	"lead_owner",
)
LASTING = ("prospect_do_not_contact", "unsubscribed")  # a wish that holds whichever lead it was said on


class ProspectDuplicatePair(Document):
	"""Two leads that may be one person. The nightly check finds them, a supervisor decides."""

	@frappe.whitelist(methods=["POST"])
	def dismiss(self):
		"""They are two people: never suspected again."""
		self._begin()
		decided = {"decided_by": frappe.session.user, "decided_on": now_datetime()}
		self.db_set({"status": "Dismissed", **decided})

	@frappe.whitelist(methods=["POST"])
	def choices(self) -> dict:
		"""For the form: the fields in which the two leads differ, as {fieldname: {label, values by lead}}."""
		self._begin()
		one, other = self._leads()
		meta = frappe.get_meta("Lead")
		return {
			field: {"label": _(meta.get_label(field)), one.name: one.get(field), other.name: other.get(field)}
			for field in FIELDS
			if meta.has_field(field)
			and one.get(field)
			and other.get(field)
			and one.get(field) != other.get(field)
		}

	@frappe.whitelist(methods=["POST"])
	def merge(self, survivor: str, take: Names | None = None) -> str:
		"""Make the two leads one; returns its number. Both histories stay, and the old number leads here.

		`take`: names of fields whose value comes from the lead that is given up; what the survivor lacks comes from it
		anyway. The other one's values are noted on the timeline. It can be undone for a day.
		"""
		self._begin()
		leads = {lead.name: lead for lead in self._leads()}
		kept = leads.pop(survivor, None)
		if not kept:
			frappe.throw(_("{0} is not one of this pair.").format(frappe.utils.escape_html(survivor)))
		[given_up] = leads.values()
		wanted = set(take or ())
		values = _values(kept, given_up, wanted)
		with compat.as_administrator() as user:  # the right to write both leads was checked
			frappe.flags.prospect_merge_by = user
			frappe.rename_doc(
				"Lead", given_up.name, kept.name, merge=True, show_alert=False, rebuild_search=False
			)
			frappe.get_doc("Lead", kept.name).update(values).save()
			next_pair = duplicates.keep_merge()
		if next_pair and frappe.has_permission(self.doctype, "read", next_pair):
			text = _("More leads have the same address. Decide the next pair: {0}")
			frappe.msgprint(
				text.format(get_link_to_form(self.doctype, next_pair)), indicator="blue", alert=True
			)
		self.reload()
		return kept.name

	@frappe.whitelist(methods=["POST"])
	def undo_merge(self) -> str:
		"""Make them two leads again, as they were; returns the number that was given up. Refuses with the reason."""
		self._begin("Merged")
		if not self.before_merge:
			frappe.throw(_("A merge can be undone for a day."))
		journal = frappe.parse_json(self.before_merge)
		frappe.get_doc("Lead", journal["kept"]).check_permission("write")
		if reason := unmerging.obstacle(journal):
			frappe.throw(reason, title=_("It cannot be undone"))
		with compat.as_administrator() as user:  # the right to write the lead was checked
			unmerging.undo(journal)
			for lead in (journal["kept"], journal["given_up"]):
				timeline.note(frappe.get_doc("Lead", lead), _lt("The merge was undone by {0}."), user)
		self._set_apart(journal)
		return journal["given_up"]

	def _set_apart(self, journal: dict) -> None:
		"""This pair, and what was settled with it, is undecided again."""
		for row in journal["pairs"]:
			values = {f: row[f] for f in ("lead", "other_lead", "status", "decided_on", "decided_by")}
			frappe.db.set_value(
				self.doctype, row["name"], {**values, "merged_lead": None, "before_merge": None}
			)
		self.reload()

	def _begin(self, status: str = "Suspected") -> None:
		self.flags.for_update = True
		self.load_from_db()
		self.check_permission("read")
		if self.status != status:
			frappe.throw(
				_("This pair was decided already: {0}.").format(_(self.status, context=self.doctype))
			)

	def _leads(self) -> list:
		leads = [frappe.get_doc("Lead", name) for name in (self.lead, self.other_lead)]
		for lead in leads:
			lead.check_permission("write")
		return leads


def _values(kept, given_up, wanted: set[str]) -> dict:
	if wanted.intersection(NAME_FIELDS) or not kept.first_name:
		wanted = wanted.union(NAME_FIELDS)
	taken = {
		f: given_up.get(f)
		for f in FIELDS
		if (f in wanted or not kept.get(f)) and f not in NAME_FIELDS and given_up.get(f)
	}
	if wanted.issuperset(NAME_FIELDS) and given_up.first_name:
		taken |= {f: given_up.get(f) for f in NAME_FIELDS}
	return taken | {f: 1 for f in LASTING if cint(given_up.get(f))}
