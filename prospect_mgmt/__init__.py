"""Prospect Management for ERPNext: a Prospect List and a Standard Operating Procedure that run by themselves."""

__version__ = "0.1.0"
