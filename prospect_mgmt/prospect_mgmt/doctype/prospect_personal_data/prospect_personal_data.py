from frappe.model.document import Document

from prospect_mgmt import privacy


class ProspectPersonalData(Document):
	"""What this app knows of the person behind an address, put together when Frappe asks for it. It stores nothing."""

	@staticmethod
	def get_list(args=None, **kwargs):
		args = args or kwargs
		wanted = [row for row in args.get("filters") or [] if row[1] == "email_id"]
		# Asked for names only, Frappe is about to overwrite fields: erasing is ours, see `privacy.erase_requested`.
		if not wanted or args.get("fields") != ["*"]:
			return []
		return privacy.known_of(wanted[0][3])

	@staticmethod
	def get_count(args=None, **kwargs):
		return 0

	@staticmethod
	def get_stats(args=None, **kwargs):
		return {}

	def db_insert(self, *args, **kwargs):
		raise NotImplementedError

	def db_update(self, *args, **kwargs):
		raise NotImplementedError

	def load_from_db(self):
		raise NotImplementedError

	def delete(self, *args, **kwargs):
		raise NotImplementedError
