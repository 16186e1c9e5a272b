package drone

import (
	"slices"
	"strings"
	"testing"
)

func none(string) (string, bool) { return "", false }

func TestValues(t *testing.T) {
	const template = "{{build.tag}}|{{build.branch}}|{{#each build.tags}}{{this}},{{/each}}|{{repo.name}}|{{#if X}}{{X}}{{/if}}"
	env := func(name string) (string, bool) {
		value, ok := map[string]string{"DRONE_TAG": "v9", "CI_REPO_NAME": "app", "PLUGIN_AUTO_TAG": "true", "DRONE_COMMIT_REF": "refs/tags/v9.9.9"}[name]
		return value, ok
	}
	for _, test := range []struct {
		set     string
		env     func(string) (string, bool)
		want    string
		isUnset string
	}{
		{"build.tag=v1 build.tags=1,2 X=y", none, "v1||1,2,||y", "build.branch repo.name"},
		{"build.tag=v1", env, "v1||9,9.9,9.9.9,|app|", "X build.branch"},
		{"build.tag= build.branch=main build.tags=x", env, "|main|x,|app|", "X build.tag"},
	} {
		values, err := ParseValues(strings.Fields(test.set))
		if err != nil {
			t.Fatal(err)
		}
		lookup := values.Lookup(test.env)
		got, err := Render("f", []byte(template), lookup)
		if string(got) != test.want || err != nil {
			t.Errorf("%s: %s, %v, want %s", test.set, got, err, test.want)
		}
		names, err := Names("f", []byte(template))
		unset := slices.DeleteFunc(names, func(name string) bool { return HasValue(name, lookup) })
		if got := strings.Join(unset, " "); got != test.isUnset || err != nil {
			t.Errorf("%s: without a value are %s, %v, want %s", test.set, got, err, test.isUnset)
		}
	}
}

// A variable with an empty value is given, by each of its names.
func TestValuesSets(t *testing.T) {
	for word, want := range map[string]string{
		"build.tag=": "build.tag", "build.tag=v1": "build.tag", "DRONE_TAG=": "build.tag", "CI_COMMIT_TAG=": "build.tag", "build.tags=": "build.tags",
		"PLUGIN_TAGS=": "build.tags", "X=": "X", "build.deployTo=": "build.deployto", "Y=": "", "repo.name=": "",
	} {
		values, err := ParseValues([]string{word})
		if err != nil {
			t.Fatal(err)
		}
		sets := slices.DeleteFunc([]string{"X", "build.branch", "build.deployto", "build.tag", "build.tags"}, func(name string) bool { return !values.Sets(name) })
		if got := strings.Join(sets, " "); got != want {
			t.Errorf("%s: sets %s, want %s", word, got, want)
		}
	}
}

func TestParseValuesFaults(t *testing.T) {
	for word, want := range map[string]string{
		"build.tag": "expected NAME=VALUE", "=x": "expected NAME=VALUE", "build.tga=x": "did you mean build.tag?", "this=x": "is no variable", "X=1 X=2": "twice",
	} {
		if _, err := ParseValues(strings.Fields(word)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", word, err, want)
		}
	}
}

// A sample has a value for each variable of a build of its kind, and none for the other kind.
func TestSamples(t *testing.T) {
	samples := Samples()
	for name := range variables {
		switch name {
		case "this", "build.pull", "build.deployto", "build.deployTo":
			continue
		}
		ofTag, ofBranch := HasValue(name, samples[0]), HasValue(name, samples[1])
		switch isOfTag, isOfBranch := name == "build.tag" || name == "build.tags", name == "build.branch"; {
		case isOfTag && (!ofTag || ofBranch), isOfBranch && (ofTag || !ofBranch), !isOfTag && !isOfBranch && !(ofTag && ofBranch):
			t.Errorf("%s: %t for a tag, %t for a branch", name, ofTag, ofBranch)
		}
	}
	if value, ok := samples[0]("ANYTHING"); value == "" || !ok {
		t.Errorf("%q %t", value, ok)
	}
	if InBuild(none) || !InBuild(samples[0]) {
		t.Error("InBuild")
	}
}

func TestNameOf(t *testing.T) {
	for variable, want := range map[string]string{"DRONE_TAG": "build.tag", "CI_COMMIT_TAG": "build.tag", "PLUGIN_TAGS": "build.tags", "DRONE_DEPLOY_TO": "build.deployto", "X": "X"} {
		if got := NameOf(variable); got != want {
			t.Errorf("%s: %s", variable, got)
		}
	}
}
