from prospect_mgmt.reporting.frozen import FrozenRow


class ProspectReviewAgent(FrozenRow):
	pass
