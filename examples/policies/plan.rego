# Reasons against a plan of manifest-tool.
package plan

# No tag may lose a platform.
deny contains reason if {
	some image in input.images
	some target in image.targets
	some tag in target.tags
	some platform in tag.lostPlatforms
	reason := sprintf("%s:%s would lose %s", [target.target, tag.tag, platform])
}

# Images come from and go to these registries only.
deny contains reason if {
	some image in input.images
	some target in image.targets
	some place in {target.target} | {manifest.source | some manifest in target.manifests}
	not allowed(place)
	reason := sprintf("%s is not on an allowed registry", [place])
}

# At most 2 GB are sent.
deny contains reason if {
	input.totals.bytes.atMost > 2000000000
	reason := sprintf("the push may send %d bytes", [input.totals.bytes.atMost])
}

allowed(place) if {
	some registry in data.registries
	startswith(place, sprintf("%s/", [registry]))
}
