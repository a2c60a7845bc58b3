from prospect_mgmt.reporting.frozen import FrozenRow


class ProspectReviewObjection(FrozenRow):
	pass
