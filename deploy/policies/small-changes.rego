# Changes are small: a plan that deletes a lot is denied as a whole, one that changes a lot gets a warning.
package magi

import rego.v1

most_taken := 50

most_touched := 200

taken := [resource |
	some resource in input.resources
	resource.action in {"delete", "replace"}
]

deny contains message if {
	count(taken) > most_taken
	message := sprintf("%d resources of VIM %s would be deleted or replaced; make it %d at most", [count(taken), input.vim, most_taken])
}

warn contains message if {
	count(input.resources) > most_touched
	message := sprintf("%d resources of VIM %s are touched", [count(input.resources), input.vim])
}
