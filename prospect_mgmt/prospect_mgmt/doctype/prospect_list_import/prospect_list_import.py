import frappe
from frappe import _
from frappe.model import no_value_fields
from frappe.model.document import Document

from prospect_mgmt import permissions
from prospect_mgmt.entry import people
from prospect_mgmt.importing import IMPORT, ROW, forgetting, meanings, rehearsal, run
from prospect_mgmt.sheet.columns import NoHeadings
from prospect_mgmt.sheet.reading import Unreadable

OPEN = ("New", "Rehearsed", "Refused")
READ_BY = ("file", "sheet", "encoding", "headings_row")


class ProspectListImport(Document):
	"""A spreadsheet on its way onto a Prospect List."""

	def onload(self):
		self.set_onload("left_alone", run.is_left_alone(self))

	def validate(self):
		if self.flags.by_import:
			return
		if not permissions.supervises(frappe.session.user, self.prospect_list):
			frappe.throw(
				_("Only a supervisor of {0} can import into it.").format(self.prospect_list),
				frappe.PermissionError,
			)
		before = self.get_doc_before_save()
		self._keep_what_the_job_writes(before)
		if before and before.status not in OPEN:
			frappe.throw(
				_("{0} is {1}: it cannot be changed any more.").format(
					self.name, _(before.status, context=self.doctype)
				)
			)
		for row in self.meanings:
			if row.kind == meanings.AGENT:
				people.check_assignable(self, row.means)
		self.status, self.message = "New", None  # whatever is changed has to be rehearsed
		changed = [f for f in READ_BY if not before or (before.get(f) or None) != (self.get(f) or None)]
		if before and {"file", "sheet"} & set(changed):
			self._leave_what_was_read(changed)
		if changed:
			self._read_headings(changed)

	def _keep_what_the_job_writes(self, before) -> None:
		for df in self.meta.fields:
			if df.read_only and df.fieldtype not in no_value_fields:
				self.set(df.fieldname, before.get(df.fieldname) if before else None)

	def _leave_what_was_read(self, changed: list[str]) -> None:
		"""Rows of another file or sheet have other numbers."""
		if "file" in changed:
			self.forgotten_rows = self.sheets = None
		elif self.forgotten_rows:
			frappe.throw(
				_(
					"Somebody in this spreadsheet was anonymised, so its sheet stays as it is. "
					"Bring in another sheet by an import of its own."
				)
			)
		if "headings_row" not in changed:
			self.headings_row = 0
		self.total = 0
		frappe.db.delete(ROW, {"prospect_list_import": self.name})

	def _read_headings(self, changed: list[str]) -> None:
		try:
			# A file that was mended is read as before: the same sheet of it, when that is still there.
			if "file" in changed and "sheet" not in changed and not rehearsal.has_its_sheet(self):
				self.sheet = None
			rehearsal.propose_columns(self)
		except (Unreadable, NoHeadings) as problem:
			self.set("columns", [])
			self.status, self.message = "Refused", run.said(problem)

	def on_update(self):
		for name in frappe.get_all(
			"File", {"file_url": self.file, "is_private": 0, "owner": frappe.session.user}
		):
			file = frappe.get_doc("File", name)
			file.is_private = 1  # a list of persons is nobody else's business
			file.save(ignore_permissions=True)
			self.db_set("file", file.file_url, update_modified=False)
		before = self.get_doc_before_save()
		if before and before.forgotten_rows and before.file != self.file:
			forgetting.drop_file(before.file)

	def on_trash(self):
		if self.status in run.AT_WORK:
			frappe.throw(_("{0} is at work.").format(self.name))
		frappe.db.delete(ROW, {"prospect_list_import": self.name})

	def after_delete(self):
		if self.forgotten_rows:
			forgetting.drop_file(self.file)

	# ------------------------------------------------------------- what people ask for
	@frappe.whitelist(methods=["POST"])
	def rehearse(self):
		"""Let a worker say of each row what would become of it."""
		self._go(OPEN, "Rehearsing", {"message": None, "total": 0})

	@frappe.whitelist(methods=["POST"])
	def start_import(self) -> bool:
		"""Import what was rehearsed. False when something has changed since: then it is rehearsed again first."""
		self._lock(("Rehearsed",))
		if run.begin(self):
			self._go(("Rehearsed",), "Importing", {"seen": 0})
			return True
		frappe.db.rollback()
		self._go(("Rehearsed",), "Rehearsing", {"message": None, "total": 0})
		return False

	@frappe.whitelist(methods=["POST"])
	def undo(self):
		"""Take back what the import made and nobody has touched since."""
		self._go(("Imported",), "Undoing", {"seen": 0})

	@frappe.whitelist(methods=["POST"])
	def go_on(self):
		"""Ask for a worker again, after the one that was at work is gone."""
		self._go(run.AT_WORK, None, {"message": None})

	def _lock(self, allowed: tuple[str, ...]) -> None:
		self.flags.for_update = True
		self.load_from_db()
		self.check_permission("write")
		if self.status not in allowed:
			frappe.throw(_("{0} is {1}.").format(self.name, _(self.status, context=self.doctype)))

	def _go(self, allowed: tuple[str, ...], status: str | None, values: dict) -> None:
		self._lock(allowed)
		self.db_set({"status": status or self.status, **values})
		run.enqueue(self.name)


def import_permission(doc, ptype: str = "read", user: str | None = None, **kwargs) -> bool:
	"""An import is for who supervises its list; whoever supervises one may begin one."""
	user = user or frappe.session.user
	saved = None if permissions.is_new(doc) else frappe.db.get_value(IMPORT, doc.name, "prospect_list")
	prospect_list = saved or doc.prospect_list
	if not prospect_list:
		return permissions.sees_all(user) or bool(permissions.lists_supervised(user))
	return permissions.supervises(user, prospect_list)


def row_query(user: str | None = None, doctype: str | None = None) -> str:
	"""The rows of the imports a user may see."""
	condition = permissions.supervised_query(user, IMPORT)
	if not condition:
		return ""
	return f"(`tab{ROW}`.prospect_list_import IN (SELECT name FROM `tab{IMPORT}` WHERE {condition}))"


def row_permission(doc, ptype: str = "read", user: str | None = None, **kwargs) -> bool:
	"""A row is for who may see its import."""
	name = frappe.db.get_value(ROW, doc.name, "prospect_list_import")
	prospect_list = frappe.db.get_value(IMPORT, name, "prospect_list") if name else None
	return bool(prospect_list) and permissions.supervises(user or frappe.session.user, prospect_list)
