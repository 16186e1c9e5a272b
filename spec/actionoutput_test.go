package spec

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const actionJSON = `{"tags":["quay.io/app:1.0","quay.io/app:latest"],"tag-names":["1.0","latest"],` +
	`"labels":{"org.opencontainers.image.title":"app"},` +
	`"annotations":["manifest:org.opencontainers.image.title=app","index:org.opencontainers.image.title=app","index:a=b=c","manifest-descriptor:f=g"]}`

func TestNames(t *testing.T) {
	const other = `{"tags":["ghcr.io/me/app:1.0","quay.io/app:1.0"]}`
	tests := []struct {
		name, json string
		targets    []string
		tags       []string
		want       string // first line of the spec, or a part of the error
		note       string
	}{
		{"alone", actionJSON, nil, nil, "quay.io/app [1.0 latest] auto", ""},
		{"with further tags", actionJSON, nil, []string{"edge", "1.0"}, "quay.io/app [1.0 latest edge] auto", ""},
		{"a repository", actionJSON, []string{"quay.io/app"}, nil, "quay.io/app [1.0 latest] auto", ""},
		{"a target with a tag", actionJSON, []string{"quay.io/app:edge"}, nil, "quay.io/app [edge 1.0 latest] auto", ""},
		{"one repository of several", other, []string{"quay.io/app"}, nil, "quay.io/app [1.0] auto", "skipped, because --target names other repositories: ghcr.io/me/app:1.0"},
		{"tags without a repository", `{"tags":["1.0","latest"]}`, []string{"quay.io/app"}, nil, "quay.io/app [1.0 latest] auto", ""},
		{"the bake file", `{"target":{"docker-metadata-action":{"tags":["quay.io/app:1.0"],"labels":{}}}}`, nil, nil, "quay.io/app [1.0] auto", ""},
		{"tags without any repository", `{"tags":["1.0"]}`, nil, nil, `--tags-json: "1.0" is a tag without a repository: name the repository with --target`, ""},
		{"another repository", other, []string{"quay.io/ap:1"}, nil, "--tags-json: none of these names is in a repository of --target: ghcr.io/me/app:1.0, quay.io/app:1.0", ""},
		{"nothing for one of the targets", actionJSON, []string{"quay.io/app", "me/x"}, nil, "--tags-json: no tag for docker.io/me/x; the tags are quay.io/app:1.0, quay.io/app:latest", ""},
		{"a tag of its own", actionJSON, []string{"quay.io/app", "me/x:1"}, nil, "quay.io/app [1.0 latest] docker.io/me/x [1]", ""},
		{"tags for all", actionJSON, []string{"quay.io/app", "me/x"}, []string{"edge"}, "quay.io/app [1.0 latest edge] docker.io/me/x [edge]", ""},
		{"no tags", `{"tags":[],"labels":{}}`, nil, nil, "$X: no tags in this file: check that the action creates tags for this event", ""},
		{"no JSON", "quay.io/app:1.0\n\x1b[1m", nil, nil, `$X: "quay.io/app:1.0" is not the JSON of docker/metadata-action`, ""},
		{"no names", `{"tags":["quay.io/App:1.0"]}`, nil, nil, "--tags-json: image \"quay.io/App:1.0\": a repository name must be in lower case", ""},
		{"a digest", `{"tags":["quay.io/app@` + digestA + `"]}`, nil, nil, "the target must have a tag, not a digest", ""},
		{"an annotation without value", `{"tags":["a/b:c"],"annotations":["index:x"]}`, nil, nil, `--tags-json: annotation "index:x": expected key=value`, ""},
		{"neither", "", nil, nil, "no target given: use --target or --tags-json", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := Digests{Inputs: []Input{file(hexA, "")}, Targets: test.targets, Tags: test.tags}
			if test.json != "" {
				d.Names = &Input{Name: "$X", Content: []byte(test.json)}
			}
			s, notes, err := FromDigests(d, Options{})
			got := specText(s)
			if err != nil {
				got = err.Error()
			}
			if !strings.Contains(got, test.want) || strings.Join(notes, "\n") != test.note {
				t.Errorf("got  %s\nwant %s\nnotes %q", got, test.want, notes)
			}
		})
	}
}

func TestNamesAnnotate(t *testing.T) {
	d := Digests{Inputs: []Input{file(hexA, "")}, Names: &Input{Name: "-", Content: []byte(actionJSON)}}
	s, _, err := FromDigests(d, Options{Annotations: Annotations{Index: map[string]string{"a": "mine", "d": "e"}}})
	want := map[string]string{"org.opencontainers.image.title": "app", "a": "mine", "d": "e"}
	if err != nil || cmp.Diff(want, s.Annotations) != "" {
		t.Errorf("%v %v", s.Annotations, err)
	}
	if diff := cmp.Diff([]ImageAnnotation{{Key: "f", Value: "g"}}, s.ImageAnnotations); diff != "" {
		t.Error(diff)
	}
}
