from prospect_mgmt.reporting.frozen import FrozenRow


class ProspectReviewSource(FrozenRow):
	pass
