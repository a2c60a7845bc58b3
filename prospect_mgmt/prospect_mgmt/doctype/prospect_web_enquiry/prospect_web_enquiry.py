from frappe.model.document import Document

from prospect_mgmt import webform


class ProspectWebEnquiry(Document):
	"""What somebody writes in a Web Form. It is stored nowhere: handed in, it becomes an enquiry like any from outside."""

	def db_insert(self, *args, **kwargs):
		webform.hand_in(self)

	def load_from_db(self):
		webform.refuse()

	def db_update(self, *args, **kwargs):
		webform.refuse()

	def delete(self, *args, **kwargs):
		webform.refuse()

	@staticmethod
	def get_list(args=None, **kwargs):
		return []

	@staticmethod
	def get_count(args=None, **kwargs):
		return 0

	@staticmethod
	def get_stats(args=None, **kwargs):
		return {}
