"""The same rules over a spreadsheet: for a team without a site. Needs nothing but Python; never imports frappe.

`prospect-list check | worklist | notes | review FILE`, or `python3 -m prospect_mgmt.sheet`.
"""
