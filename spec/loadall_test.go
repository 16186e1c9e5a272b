package spec

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
)

const (
	yamlSpec = "image: reg.example/app:%d\nmanifests:\n- image: reg.example/app:%[1]d-amd64\n  platform: linux/amd64\n"
	jsonSpec = `{"image": "reg.example/app:%d", "manifests": [{"image": "reg.example/app:%[1]d-amd64", "platform": "linux/amd64"}]}`
)

func TestLoadAll(t *testing.T) {
	yaml := func(n int) string { return fmt.Sprintf(yamlSpec, n) }
	json := func(n int) string { return fmt.Sprintf(jsonSpec, n) }
	for name, test := range map[string]struct {
		text  string
		names []string
		err   string
	}{
		"one":                 {text: yaml(1), names: []string{"f"}},
		"one with a marker":   {text: "# c\n---\n" + yaml(1) + "...\n", names: []string{"f"}},
		"two":                 {text: yaml(1) + "---\n" + yaml(2), names: []string{"f:1", "f:5"}},
		"two, empty between":  {text: "---\n" + yaml(1) + "--- # none\n---\n# nothing\n--- \n" + yaml(2) + "---\n", names: []string{"f:1", "f:9"}},
		"marker and content":  {text: "--- " + json(1) + "\n---\t" + json(2), names: []string{"f:1", "f:2"}},
		"CRLF":                {text: strings.ReplaceAll(yaml(1)+"---\n"+yaml(2), "\n", "\r\n"), names: []string{"f:1", "f:5"}},
		"JSON":                {text: json(1), names: []string{"f"}},
		"JSON lines":          {text: json(1) + "\n" + json(2) + "\n\n" + json(3) + "\n", names: []string{"f:1", "f:2", "f:4"}},
		"JSON in documents":   {text: "---\n{\n\t" + strings.ReplaceAll(json(1)[1:], "/", `\/`) + "\n---\n" + json(2), names: []string{"f:1", "f:4"}},
		"byte order mark":     {text: "\ufeff" + yaml(1) + "---\n" + yaml(2), names: []string{"f:1", "f:5"}},
		"JSON in one line":    {text: json(1) + json(2), names: []string{"f:1", "f:1"}},
		"empty":               {text: "", err: "f: the file is empty"},
		"a fault":             {text: yaml(1) + "---\nimage: reg.example/b\nmanifest: []\n", err: "f:6:1: "},
		"a fault in JSON":     {text: json(1) + "\n{\"image\": 1}\n" + json(3), err: "f:2:"},
		"broken JSON":         {text: json(1) + "\n{\"image\"", err: "f:2: not valid YAML"},
		"no object":           {text: json(1) + "\n[]", err: "f:2:1: "},
		"a marker in a text":  {text: "image: |\n  ---\n" + yaml(1), err: "f:"},
		"faults of both":      {text: "a: b\n---\nc: d\n", err: "f:3:1: "},
		"far too many braces": {text: strings.Repeat("{", 100000), err: "f:"},
	} {
		specs, _, err := LoadAll("f", strings.NewReader(test.text), nil, Options{})
		if test.err != "" {
			if err == nil || !strings.Contains(err.Error(), test.err) {
				t.Errorf("%s: error %v, want %q", name, err, test.err)
			}
			continue
		}
		if err != nil || len(specs) != len(test.names) {
			t.Errorf("%s: %d specs, %v, want %d", name, len(specs), err, len(test.names))
			continue
		}
		for i, s := range specs {
			whole, err := s.Whole()
			if err != nil || s.Name() != test.names[i] || whole.Targets[0].Tags[0] != fmt.Sprint(i+1) {
				t.Errorf("%s: spec %d is %q with the tag %q, %v, want %q", name, i, s.Name(), whole.Targets[0].Tags, err, test.names[i])
			}
		}
	}
}

func FuzzLoadAll(f *testing.F) {
	f.Add(fmt.Sprintf(yamlSpec, 1) + "---\n" + fmt.Sprintf(yamlSpec, 2))
	f.Add(fmt.Sprintf(jsonSpec, 1) + "\n" + fmt.Sprintf(jsonSpec, 2))
	f.Fuzz(func(t *testing.T, text string) {
		specs, _, err := LoadAll("f", strings.NewReader(text), nil, Options{})
		if err == nil && len(specs) == 0 {
			t.Error("no specs, and no error")
		}
		one, _, oneErr := Load("f", strings.NewReader(text), Options{})
		if oneErr == nil && (err != nil || len(specs) != 1 || one.Targets[0].Place != *specs[0].Outline.Targets[0]) {
			t.Errorf("a file with one spec is %d specs, %v", len(specs), err)
		}
	})
}

// An outline has what specs are ordered by, and no more: the whole spec is decoded when its turn comes.
func TestOutline(t *testing.T) {
	const digest = "sha256:0123456789012345678901234567890123456789012345678901234567890123"
	text := "image: reg.example/a:1\nmanifests: [{image: reg.example/b@" + digest + "}, {image: reg.example/b@" + digest + "}]\n" +
		"---\nimage: reg.example/c:1\nmanifests: [{image: reg.example/a:1, platform: linux/arm64}, {image: reg.example/b@" + digest + "}]\n"
	specs, _, err := LoadAll("f", strings.NewReader(text), nil, Options{})
	if err != nil || len(specs) != 2 {
		t.Fatal(len(specs), err)
	}
	for i, want := range []string{"f:1 [reg.example/b] []", "f:3 [reg.example/a reg.example/b] [reg.example/a:1]"} {
		var sources, needs []string
		for _, place := range specs[i].Outline.Sources {
			sources = append(sources, place.String())
		}
		whole, err := specs[i].Whole()
		if err != nil || len(whole.Entries) != 2 || whole.Names()[0].Key() != specs[i].Outline.pushes[0] {
			t.Errorf("whole: %d entries, %v", len(whole.Entries), err)
		}
		for _, e := range whole.Entries {
			if slices.Contains(specs[i].Outline.needs, e.Source.Key()) {
				needs = append(needs, e.Source.String())
			}
		}
		if got := fmt.Sprint(specs[i].Name(), " ", sources, " ", needs); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if specs[0].Outline.Sources[0] != specs[1].Outline.Sources[1] {
		t.Error("the specs do not share their places")
	}
}

// Specs of a large file are read again when their turn comes. A file that has changed is an error.
func TestLoadAllReadsAgain(t *testing.T) {
	text := "\ufeff# several\n---\n" + fmt.Sprintf(yamlSpec, 1) + "---\n" + fmt.Sprintf(yamlSpec, 2)
	pairs := "# copies\n\nreg.example/a:1\treg.example/b:1\r\nreg.example/a:2 reg.example/b:2"
	for name, load := range map[string]func(again io.ReaderAt) ([]Loaded, []string, error){
		"specs": func(again io.ReaderAt) ([]Loaded, []string, error) {
			return LoadAll("f", strings.NewReader(text), again, Options{})
		},
		"pairs": func(again io.ReaderAt) ([]Loaded, []string, error) {
			return LoadPairs("f", strings.NewReader(pairs), again, Options{})
		},
	} {
		content := map[string]string{"specs": text, "pairs": pairs}[name]
		kept, _, keptErr := load(nil)
		read, _, readErr := load(strings.NewReader(content))
		changed, _, _ := load(strings.NewReader(strings.Replace(content, "b:2", "b:3", 1) + "\n"))
		cut, _, _ := load(strings.NewReader(content[:len(content)-9]))
		if keptErr != nil || readErr != nil || len(kept) != len(read) {
			t.Fatalf("%s: %d and %d specs, %v, %v", name, len(kept), len(read), keptErr, readErr)
		}
		for i := range kept {
			a, errA := kept[i].Raw()
			b, errB := read[i].Raw()
			if !bytes.Equal(a, b) || errA != nil || errB != nil || kept[i].Name() != read[i].Name() {
				t.Errorf("%s: %s is %q, %v, read again %q, %v", name, kept[i].Name(), a, errA, b, errB)
			}
		}
		if name == "specs" {
			changed, _, _ = load(strings.NewReader(strings.Replace(content, "app:2", "app:3", 1)))
		}
		for _, faulty := range []Loaded{changed[len(changed)-1], cut[len(cut)-1]} {
			if _, err := faulty.Whole(); err == nil || !strings.Contains(err.Error(), "changed the file") {
				t.Errorf("%s: a file that has changed: %v", name, err)
			}
		}
	}
}
