# SPDX-License-Identifier: GPL-2.0
# C text without comments and without what is in strings and characters; the
# lines stay where they are.
{
	out = ""
	n = length($0)
	for (i = 1; i <= n; i++) {
		c = substr($0, i, 1)
		two = substr($0, i, 2)
		if (in_comment) {
			if (two == "*/") {
				in_comment = 0
				i++
			}
		} else if (two == "/*") {
			in_comment = 1
			i++
		} else if (two == "//") {
			break
		} else if (c == "\"" || c == "'") {
			quote = c
			for (i++; i <= n; i++) {
				c = substr($0, i, 1)
				if (c == "\\")
					i++
				else if (c == quote)
					break
			}
			out = out quote quote
		} else {
			out = out c
		}
	}
	print out
}
