from prospect_mgmt.reporting.frozen import FrozenRow


class ProspectReviewFigure(FrozenRow):
	pass
