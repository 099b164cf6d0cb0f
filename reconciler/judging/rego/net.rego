# The builtin functions on networks that the engine lacks, by the names and with the results that Open Policy Agent gives them.
# An address is a text of its bits, and so is the prefix of a network: what is in a network begins with its prefix. What is
# no network or address is an error; an IPv4 address in the notation of IPv6 is none.
package magi_builtins.net

import rego.v1

cidr_contains(cidr, other) := result if {
	outer := network(cidr)
	inner := network_or_address(other)
	result := {true | within(inner, outer)} == {true}
}

cidr_intersects(cidr1, cidr2) := result if {
	first := network(cidr1)
	second := network(cidr2)
	result := ({true | within(first, second)} | {true | within(second, first)}) == {true}
}

cidr_is_valid(cidr) := result if {
	result := {true | parsed_network(cidr)} == {true}
}

within(inner, outer) if {
	inner.version == outer.version
	startswith(inner.prefix, outer.prefix)
}

network(cidr) := found if {
	found := parsed_network(cidr)
} else := to_number(sprintf("no network: %v", [cidr]))

network_or_address(text) := network(text) if {
	contains(text, "/")
} else := found if {
	found := address(text)
} else := to_number(sprintf("no network or address: %v", [text]))

parsed_network(cidr) := {"version": found.version, "prefix": substring(found.prefix, 0, size)} if {
	is_string(cidr)
	parts := split(cidr, "/")
	count(parts) == 2
	found := address(parts[0])
	regex.match(`^(0|[1-9][0-9]{0,2})$`, parts[1])
	size := to_number(parts[1])
	size <= count(found.prefix)
}

address(text) := {"version": 4, "prefix": bits} if {
	is_string(text)
	regex.match(`^((25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])\.){3}(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])$`, text)
	bits := concat("", [octet_bits(to_number(part)) | some part in split(text, ".")])
} else := {"version": 6, "prefix": bits} if {
	is_string(text)
	groups := groups_of(split(lower(text), "::"))
	count([group | some group in groups; not regex.match(`^[0-9a-f]{1,4}$`, group)]) == 0
	bits := concat("", [group_bits(group) | some group in groups])
}

groups_of(halves) := groups if {
	count(halves) == 1
	groups := split(halves[0], ":")
	count(groups) == 8
} else := groups if {
	count(halves) == 2
	left := half(halves[0])
	right := half(halves[1])
	missing := 8 - (count(left) + count(right))
	missing > 0
	groups := array.concat(left, array.concat(["0" | some _ in numbers.range(1, missing)], right))
}

half(text) := [] if {
	text == ""
} else := split(text, ":")

octet_bits(number) := concat("", [bits_of[floor(number / 16)], bits_of[number % 16]])

group_bits(group) := concat("", [digit_bits(group, 0), digit_bits(group, 1), digit_bits(group, 2), digit_bits(group, 3)])

digit_bits(group, i) := bits_of[digits[substring(concat("", ["000", group]), (count(group) - 1) + i, 1)]]

digits := {
	"0": 0, "1": 1, "2": 2, "3": 3, "4": 4, "5": 5, "6": 6, "7": 7,
	"8": 8, "9": 9, "a": 10, "b": 11, "c": 12, "d": 13, "e": 14, "f": 15,
}

bits_of := [
	"0000", "0001", "0010", "0011", "0100", "0101", "0110", "0111",
	"1000", "1001", "1010", "1011", "1100", "1101", "1110", "1111",
]
