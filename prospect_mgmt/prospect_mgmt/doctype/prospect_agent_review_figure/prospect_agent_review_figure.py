from prospect_mgmt.reporting.frozen import FrozenRow


class ProspectAgentReviewFigure(FrozenRow):
	pass
