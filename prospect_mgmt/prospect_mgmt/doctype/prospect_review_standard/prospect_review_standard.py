from prospect_mgmt.reporting.frozen import FrozenRow


class ProspectReviewStandard(FrozenRow):
	pass
