package diff

import (
	"encoding/json"
	"strings"

	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/plan"
)

// A config is the config of an image by its fields (image-spec, "OCI Image Configuration").
type config map[string]json.RawMessage

// configOf parses the config of an image. It returns nil if the config was not read or is none of an image.
func configOf(d plan.ImageDetails) config {
	isImage := d.Config.MediaType == types.OCIConfigJSON || d.Config.MediaType == types.DockerConfigJSON
	if !isImage || registry.CheckBounds(d.ConfigBytes) != nil {
		return nil
	}
	return object(d.ConfigBytes)
}

// changes compares two configs. The history and the layers are compared elsewhere.
func (c config) changes(to config) []Change {
	var changes []Change
	for _, key := range keysOf(c, to) {
		switch key {
		case "config":
			changes = append(changes, runChanges(object(c[key]), object(to[key]))...)
		case "history", "rootfs":
		default:
			changes = append(changes, valueChange(key, c[key], to[key])...)
		}
	}
	return changes
}

// byName are the fields of a config that are compared name by name.
var byName = map[string]func(json.RawMessage) (map[string]string, bool){
	"Env": variables, "Labels": texts, "ExposedPorts": names, "Volumes": names,
}

// runChanges compares how two images run: variables, labels, ports and volumes by name, and all other fields as they
// are. A field of a wrong type is compared as it is.
func runChanges(from, to map[string]json.RawMessage) []Change {
	var changes []Change
	for _, key := range keysOf(from, to) {
		parse := byName[key]
		if parse == nil {
			changes = append(changes, valueChange(key, from[key], to[key])...)
			continue
		}
		a, validA := parse(from[key])
		b, validB := parse(to[key])
		named := mapChanges(key, a, b)
		if !validA || !validB || named == nil { // such as the order of variables
			named = valueChange(key, from[key], to[key])
		}
		changes = append(changes, named...)
	}
	return changes
}

// variables are the variables of an environment. The last value of a variable counts, as in a container.
func variables(raw json.RawMessage) (map[string]string, bool) {
	var list []string
	if !decodes(raw, &list) {
		return nil, false
	}
	values := map[string]string{}
	for _, line := range list {
		name, value, _ := strings.Cut(line, "=")
		values[name] = value
	}
	return values, true
}

func texts(raw json.RawMessage) (values map[string]string, ok bool) {
	return values, decodes(raw, &values)
}

// names are the keys of an object whose values say nothing.
func names(raw json.RawMessage) (map[string]string, bool) {
	var set map[string]struct{}
	if !decodes(raw, &set) {
		return nil, false
	}
	values := map[string]string{}
	for name := range set {
		values[name] = ""
	}
	return values, true
}

// decodes decodes a value of the right type. A field that is not there is valid.
func decodes(raw json.RawMessage, into any) bool {
	return raw == nil || json.Unmarshal(raw, into) == nil
}

// diffIDs are the digests of the uncompressed layers.
func (c config) diffIDs() []string {
	var root struct {
		DiffIDs []string `json:"diff_ids"`
	}
	if !decodes(c["rootfs"], &root) {
		return nil
	}
	return root.DiffIDs
}

// compareHistory counts the steps of two histories, and those that differ: the times of the steps do not count, because
// the field created has the time of the build.
func compareHistory(from, to json.RawMessage) *History {
	if canonical(from) == canonical(to) {
		return nil
	}
	a, b := steps(from), steps(to)
	h := &History{From: len(a), To: len(b), Differing: max(len(a), len(b)) - min(len(a), len(b))}
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			h.Differing++
		}
	}
	return h
}

// steps are the steps of a history without their times.
func steps(raw json.RawMessage) []string {
	var list []map[string]json.RawMessage
	if !decodes(raw, &list) {
		return nil
	}
	texts := make([]string, len(list))
	for i, step := range list {
		delete(step, "created")
		text, _ := registry.CompactJSON(step)
		texts[i] = canonical(text)
	}
	return texts
}
