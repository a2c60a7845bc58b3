"""Types of what comes as JSON, for the arguments of whitelisted methods: Frappe refuses what is none of them.

A browser sends lists and dictionaries as text, a program may send them as they are; the method always gets the latter.
"""

from pydantic import Json

Names = list[str] | Json[list[str]]
Items = list | Json[list]
Values = dict[str, object] | Json[dict[str, object]]
