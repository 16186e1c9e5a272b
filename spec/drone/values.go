package drone

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/manifest-tool/manifest-tool/internal/excerpt"
)

// Values are variables by the names that templates have for them: a path such as build.tag, or a name of the
// environment.
type Values map[string]string

// ParseValues parses words of the form NAME=VALUE. The value of build.tags is a list with commas.
func ParseValues(words []string) (Values, error) {
	values := Values{}
	for _, word := range words {
		name, value, ok := strings.Cut(word, "=")
		_, known := variables[name]
		switch _, again := values[name]; {
		case !ok || name == "":
			return nil, fmt.Errorf("%q: expected NAME=VALUE, such as build.tag=v1.2.3", excerpt.Of(word))
		case name == "this", strings.Contains(name, ".") && !known:
			return nil, fmt.Errorf("%q is no variable of a template%s", excerpt.Of(name), didYouMean(excerpt.Of(name), variables))
		case again:
			return nil, fmt.Errorf("%s is given twice", name)
		}
		values[name] = value
	}
	return values, nil
}

// Lookup returns a lookup for [Render]: the values come before those of the environment.
func (v Values) Lookup(env func(string) (string, bool)) func(string) (string, bool) {
	given := map[string]string{}
	for name, value := range v {
		for _, variable := range variablesOf(name) {
			given[variable] = value
		}
		if name == "build.tags" {
			given["PLUGIN_AUTO_TAG"], given["PLUGIN_DEFAULT_TAGS"] = "", ""
		}
	}
	return func(name string) (string, bool) {
		if value, ok := given[name]; ok {
			return value, true
		}
		return env(name)
	}
}

// Sets reports whether a variable of a template is given, maybe as an empty text.
func (v Values) Sets(name string) bool {
	for given := range v {
		if slices.ContainsFunc(variablesOf(given), func(variable string) bool { return slices.Contains(variablesOf(name), variable) }) {
			return true
		}
	}
	return false
}

// variablesOf are the variables of the environment that a name in a template stands for.
func variablesOf(name string) []string {
	known, ok := variables[name]
	switch {
	case name == "build.tags":
		return []string{"PLUGIN_TAGS", "PLUGIN_TAG"}
	case ok:
		return known
	}
	return []string{name}
}

// NameOf is the name that a template has for a variable of the environment.
func NameOf(variable string) string {
	var names []string
	for name := range variables {
		if name != "build.deployTo" && slices.Contains(variablesOf(name), variable) {
			names = append(names, name)
		}
	}
	if names == nil {
		return variable
	}
	slices.Sort(names)
	return names[0]
}

// Names are the variables that a template uses, sorted.
func Names(file string, template []byte) ([]string, error) {
	p, _, err := parse(file, template)
	if err != nil {
		return nil, err
	}
	return slices.Sorted(maps.Keys(p.names)), nil
}

// HasValue reports whether a variable of a template has a value.
func HasValue(name string, lookup func(string) (string, bool)) bool {
	if name == "build.tags" {
		tags, _ := Tags(lookup)
		return tags != nil
	}
	return variable(variablesOf(name)).value(lookup) != ""
}

// InBuild reports whether a step of Drone or Woodpecker sets the variables.
func InBuild(env func(string) (string, bool)) bool {
	for _, known := range variables {
		for _, name := range known {
			if value, _ := env(name); value != "" {
				return true
			}
		}
	}
	return false
}

// Samples are lookups of two builds that never were: of a git tag, and of a branch. They show what a template makes
// where no build is.
func Samples() []func(string) (string, bool) {
	shared := Values{
		"repo.owner": "example", "repo.name": "app", "repo.branch": "main", "build.event": "push", "build.number": "1",
		"build.commit": strings.Repeat("0123456789", 4), "build.author": "author", "build.message": "message", "build.status": "success",
		"build.started": "1700000000", "build.created": "1700000000", "job.started": "1700000000", "build.path": "/src",
		"build.link": "https://ci.example/1", "config.target": "registry.example/app", "config.template": "registry.example/app:ARCH",
	}
	tag, branch := Values{"build.tag": "v1.2.3", "build.ref": "refs/tags/v1.2.3", "build.tags": "1,1.2,1.2.3"}, Values{"build.branch": "main", "build.ref": "refs/heads/main"}
	other := func(name string) (string, bool) {
		if NameOf(name) == name && !strings.HasPrefix(name, "PLUGIN_") {
			return "value", true
		}
		return "", false
	}
	return []func(string) (string, bool){tag.Lookup(shared.Lookup(other)), branch.Lookup(shared.Lookup(other))}
}
