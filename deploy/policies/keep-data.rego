# Data is deleted only with an approval: no volume is deleted or replaced, and no step runs that loses data.
package magi

import rego.v1

deny contains decision if {
	some resource in input.resources
	resource.kind == "volume"
	resource.action in {"delete", "replace"}
	decision := about(resource, "a volume would go")
}

deny contains decision if {
	some resource in input.resources
	resource.kind != "volume"
	some effect in resource.effects
	startswith(effect, "data loss")
	decision := about(resource, effect)
}

about(resource, message) := {
	"service": resource.service,
	"kind": resource.kind,
	"name": resource.name,
	"message": message,
}
