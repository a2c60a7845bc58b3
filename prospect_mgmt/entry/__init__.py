"""What happens to a Prospect List Entry: how it starts, takes facts in, moves, is planned, and who works it.

Every function here works on an entry that its caller has locked (`ProspectListEntry.begin`) or is just inserting.
"""
