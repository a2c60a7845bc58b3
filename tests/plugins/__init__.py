"""Fixtures that the site and the browser tests share."""
