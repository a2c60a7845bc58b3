from prospect_mgmt.reporting.frozen import FrozenRow


class ProspectReviewFinding(FrozenRow):
	pass
