package spec

import "testing"

func TestParseSubject(t *testing.T) {
	for word, want := range map[string]Subject{
		"-":                          {File: "-"},
		"app.yaml":                   {File: "app.yaml"},
		"./release/app.yml":          {File: "./release/app.yml"},
		"/etc/app.json":              {File: "/etc/app.json"},
		"registry.example/app.yaml":  {File: "registry.example/app.yaml"},
		"spec:release":               {File: "release"},
		"draft:registry.example/app": {Draft: "registry.example/app"},
		"app.yaml:1.0":               {},
		"registry.example/app":       {},
		"oci-layout:out.yaml":        {},
		"oci-archive:out.tar:app":    {},
		"spec:":                      {},
		"./specs":                    {File: "./specs"},
		"specs/":                     {File: "specs/"},
		"../release":                 {File: "../release"},
		"/srv/specs":                 {File: "/srv/specs"},
	} {
		got, err := ParseSubject(word)
		if got.File != want.File || got.Draft != want.Draft {
			t.Errorf("ParseSubject(%q) = %+v, want %+v", word, got, want)
		}
		isImage := want.File+want.Draft == ""
		if named := got.Image != (Reference{}); named != (isImage && err == nil) {
			t.Errorf("ParseSubject(%q): image %q, error %v", word, got.Image, err)
		}
	}
	if s, err := ParseSubject("registry.example/app"); err != nil || s.Image.Tag != "latest" {
		t.Errorf("an image without a tag is %q, %v", s.Image, err)
	}
	for _, word := range []string{"", "spec:", "draft:", "UPPER"} {
		if _, err := ParseSubject(word); err == nil {
			t.Errorf("ParseSubject(%q) is no error", word)
		}
	}
}
