"""What someone may write to attack the terminal, the log or the page that shows it."""

import re

HOSTILE = "no \x1b[31mroom\x1b]0;owned\x07 \u202eabc \x9b2J\r\nparis: created all [bold]x[/bold] [/]"
"""Colour, the title of the window, a bell, right to left, C1, a line that looks like another word of Magi, markup."""

DANGEROUS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
