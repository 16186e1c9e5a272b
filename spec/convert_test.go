package spec

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const (
	regsyncEntry = "sync:\n- {source: a.example/b, target: c.example/d, type: "
	zeroDigest   = "sha256:0000000000000000000000000000000000000000000000000000000000000000"
)

// linesOf are the lines of a conversion, without those at its head.
func linesOf(c Conversion) []string {
	lines := strings.Split(strings.TrimSpace(string(c.Text)), "\n")
	return lines[min(2, len(lines)):]
}

func TestConvertToPairs(t *testing.T) {
	for name, test := range map[string]struct {
		text  string
		lines []string
		lost  []string // parts of what is lost, in order
	}{
		"image":            {text: regsyncEntry + "image}", lines: []string{"a.example/b:latest c.example/d:latest"}},
		"image with tags":  {text: "sync: [{source: 'a.example/b:1', target: 'c.example/d:2', type: image}]", lines: []string{"a.example/b:1 c.example/d:2"}},
		"layout":           {text: "sync: [{source: 'ocidir://x/y:1', target: 'c.example/d:2', type: image}]", lines: []string{"oci-layout:x/y:1 c.example/d:2"}},
		"digest":           {text: "sync: [{source: 'a.example/b@" + zeroDigest + "', target: 'c.example/d:2', type: image}]", lines: []string{"a.example/b@" + zeroDigest + " c.example/d:2"}},
		"digest, no tag":   {text: "sync: [{source: 'a.example/b@" + zeroDigest + "', target: c.example/d, type: image}]", lines: []string{"# line 1: a.example/b@"}, lost: []string{"f:1:17: a.example/b@"}},
		"registry":         {text: regsyncEntry + "registry, repos: {allow: [x]}}", lines: []string{"# line 2: a.example/b c.example/d: the repositories"}, lost: []string{"f:2:12: "}},
		"repository":       {text: regsyncEntry + "repository}", lines: []string{"# line 2: all tags: manifest-tool copy --all-tags a.example/b c.example/d"}, lost: []string{"f:2:12: a.example/b: all tags"}},
		"tags":             {text: regsyncEntry + "repository, tags: {allow: ['1', 1.2, latest, '2\\.0', '^3$'], deny: ['1\\..*']}}", lines: []string{"a.example/b:1 c.example/d:1", "a.example/b:latest c.example/d:latest", "a.example/b:2.0 c.example/d:2.0", "a.example/b:3 c.example/d:3"}},
		"tag sets":         {text: regsyncEntry + "repository, tagSets: [{allow: [a]}, {allow: [b]}]}", lines: []string{"a.example/b:a c.example/d:a", "a.example/b:b c.example/d:b"}},
		"pattern":          {text: regsyncEntry + "repository, tags: {allow: ['v1\\..*']}}", lines: []string{"# line 2: the tags v1\\..*: manifest-tool copy --all-tags --tag-filter 'v1.*' a.example/b c.example/d"}, lost: []string{"--tag-filter 'v1.*'"}},
		"other pattern":    {text: regsyncEntry + "repository, tags: {allow: ['(a|b)']}}", lines: []string{"# line 2: a.example/b c.example/d: the tags (a|b): --tag-filter has no pattern for that"}, lost: []string{"f:2:70"}},
		"exceptions":       {text: regsyncEntry + "repository, tags: {deny: [x]}}", lines: []string{"# line 2: a.example/b c.example/d: the tags .* without x"}, lost: []string{"no exceptions"}},
		"ranges":           {text: regsyncEntry + "repository, tags: {semverRange: ['>1']}}", lines: []string{"# line 2: a.example/b c.example/d: ranges"}, lost: []string{"ranges"}},
		"settings":         {text: "creds: [{pass: x}]\ndefaults: {interval: 1h, hooks: {pre: {}}}\n" + regsyncEntry + "image, ratelimit: {min: 1}, backup: b}", lines: []string{"a.example/b:latest c.example/d:latest"}, lost: []string{"f:1:8: creds", "f:2:22: interval", "f:2:33: hooks", "f:4:70: ratelimit", "f:4:88: backup"}},
		"unknown setting":  {text: regsyncEntry + "image, fastCheque: true}", lines: []string{"a.example/b:latest c.example/d:latest"}, lost: []string{`unknown key "fastCheque" in an entry of sync; did you mean fastCheck?`}},
		"template":         {text: "sync: [{source: 'a.example/{{.X}}', target: c.example/d, type: image}]", lines: []string{"# line 1: a.example/{{.X}} c.example/d: templates"}, lost: []string{"templates"}},
		"same target":      {text: "sync: [{source: a.example/a, target: c.example/d, type: image}, {source: a.example/b, target: c.example/d, type: image}]", lines: []string{"a.example/a:latest c.example/d:latest", "a.example/b:latest c.example/d:latest"}, lost: []string{"c.example/d:latest is the target of line 1, too"}},
		"some with flags":  {text: "sync: [{source: a.example/a, target: c.example/a, type: image, platforms: [linux/aarch64]}, {source: a.example/b, target: c.example/b, type: image}]", lines: []string{"a.example/b:latest c.example/b:latest", "# put the lines below, without \"# --platforms linux/arm64: \", into a file of their own, and run manifest-tool copy --pairs FILE --platforms linux/arm64", "# --platforms linux/arm64: a.example/a:latest c.example/a:latest"}, lost: []string{"f: 1 of the 2 copies need flags"}},
		"tags with flags":  {text: "defaults: {referrers: true}\nsync: [{source: a.example/a, target: c.example/a, type: repository, tags: {allow: [a, b, 'c.*']}}, {source: a.example/b, target: c.example/b, type: image, digestTags: false, referrers: false}]", lines: []string{"# line 2: the tags c.*: manifest-tool copy --all-tags --tag-filter 'c*' --referrers a.example/a c.example/a", "a.example/b:latest c.example/b:latest", "# put the lines", "# --referrers: a.example/a:a c.example/a:a", "# --referrers: a.example/a:b c.example/a:b"}, lost: []string{"the tags c.*", "f: 2 of the 3 copies need flags"}},
		"all with flags":   {text: "sync: [{source: a.example/a, target: c.example/a, type: image, referrers: true}, {source: a.example/b, target: c.example/b, type: image, platforms: [linux/arm64], referrers: true}, {source: a.example/c, target: c.example/c, type: image, digestTags: true, referrers: false}]", lines: []string{"a.example/a:latest c.example/a:latest", "a.example/c:latest c.example/c:latest", "# put the lines", "# --platforms linux/arm64 --referrers: a.example/b:latest c.example/b:latest"}, lost: []string{"f: 1 of the 3 copies need flags"}},
		"platform":         {text: regsyncEntry + "image, platform: linux/amd64}\n- {source: a.example/e, target: c.example/e, type: repository, platform: local, tags: {allow: [a, 'v.*']}}\n- {source: a.example/f, target: c.example/f, type: image}", lines: []string{"# line 2: a.example/b:latest c.example/d:latest: platform linux/amd64: name the image", "# line 3: a.example/e:a c.example/e:a: platform local: ", "# line 3: a.example/e c.example/e: platform local: ", "a.example/f:latest c.example/f:latest"}, lost: []string{"f:2:69: platform: ", "f:3:74: platform: "}},
		"unlike":           {text: "defaults: {includeExternal: true, referrerFilters: [{artifactType: x}]}\n" + regsyncEntry + "image}\n- {source: a.example/e, target: c.example/e, type: image, includeExternal: false}\n- {source: a.example/f, target: c.example/f, type: image, includeExternal: no, referrers: true}\n- {source: a.example/g, target: c.example/g, type: repository, mediaTypes: [x]}", lines: []string{"# line 3: a.example/b:latest c.example/d:latest: includeExternal: layers", "a.example/e:latest c.example/e:latest", "# line 5: a.example/f:latest c.example/f:latest: referrerFilters: all", "# line 6: a.example/g c.example/g: includeExternal: layers with urls would stay where they are; mediaTypes: "}, lost: []string{"f:1:29: includeExternal", "f:1:52: referrerFilters", "f:6:76: mediaTypes"}},
		"media types":      {text: "defaults: {mediaTypes: [x]}\n" + regsyncEntry + "image, mediaTypes: [application/vnd.docker.distribution.manifest.v2+json, application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, x]}\n- {source: a.example/e, target: c.example/e, type: image, mediaTypes: []}", lines: []string{"a.example/b:latest c.example/d:latest", "# line 4: a.example/e:latest c.example/e:latest: mediaTypes: "}, lost: []string{"f:1:24: mediaTypes"}},
		"skopeo":           {text: "a.example:\n  images: {x/b: ['1', 2.0], c: []}\n", lines: []string{"a.example/x/b:1 t.example/n/b:1", "a.example/x/b:2.0 t.example/n/b:2.0", "# line 2: all tags: manifest-tool copy --all-tags a.example/c t.example/n/c"}, lost: []string{"f:2:29: a.example/c"}},
		"skopeo, digest":   {text: "a.example: {images: {b: ['" + zeroDigest + "']}}", lines: []string{"# line 1: a.example/b@" + zeroDigest}, lost: []string{"a digest and without a tag"}},
		"skopeo, patterns": {text: "a.example: {images-by-tag-regex: {b: 'v1\\.', c: '^1$'}, images-by-semver: {d: '>1'}}", lines: []string{"# line 1: the tags v1\\.: manifest-tool copy --all-tags --tag-filter '*v1.*' a.example/b t.example/n/b", "# line 1: the tags ^1$: manifest-tool copy --all-tags --tag-filter '1' a.example/c t.example/n/c", "# line 1: a.example/d t.example/n/d: the versions >1"}, lost: []string{"a.example/b", "a.example/c", "a.example/d"}},
		"skopeo, settings": {text: "a.example: {tls-verify: false, cert-dir: x, credentials: {password: x}, images: {b: '1'}}", lines: []string{"a.example/b:1 t.example/n/b:1"}, lost: []string{"tls-verify: use --insecure-registry a.example", "cert-dir", "credentials"}},
	} {
		got, err := Convert("f", []byte(test.text), ConvertOptions{Target: "t.example/n/"})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		lines := linesOf(got)
		if !slices.EqualFunc(lines, test.lines, strings.HasPrefix) {
			t.Errorf("%s: %q, want %q", name, lines, test.lines)
		}
		if !slices.EqualFunc(got.Lost, test.lost, strings.Contains) {
			t.Errorf("%s: lost are %q, want %q", name, got.Lost, test.lost)
		}
		_, err = Convert("f", []byte(test.text), ConvertOptions{Target: "t.example", Strict: true})
		if (err != nil) != (test.lost != nil) {
			t.Errorf("%s: strict: %v", name, err)
		}
	}
}

func TestConvertFlags(t *testing.T) {
	text := "defaults: {digestTags: true}\nsync: [{source: a.example/a, target: c.example/a, type: image, platforms: [linux/arm/v7, linux/amd64]}]"
	got, err := Convert("f\ng", []byte(text), ConvertOptions{})
	want := "# the copies of f g (regsync), made by manifest-tool spec convert\n# manifest-tool copy --pairs FILE --platforms linux/arm/v7,linux/amd64 --referrers\na.example/a:latest c.example/a:latest\n"
	if string(got.Text) != want || err != nil || got.Lost != nil {
		t.Errorf("%s%v %q", got.Text, err, got.Lost)
	}
}

// The hosts without a valid certificate are in each command, and no login is.
func TestConvertLogins(t *testing.T) {
	for creds, want := range map[string]struct {
		flags string
		lost  []string
	}{
		"{registry: a.example:5000, tls: disabled}, {registry: b.example, tls: Disabled}":       {flags: " --plain-http-registry a.example:5000,b.example"},
		"{registry: a.example, tls: insecure}, {registry: a.example, tls: insecure}":            {flags: " --insecure-registry a.example"},
		"{registry: a.example, tls: insecure}, {registry: b.example, tls: disabled}":            {flags: " --plain-http-registry b.example --insecure-registry a.example"},
		"{registry: a.example, tls: enabled}, {registry: b.example, reqConcurrent: 3}":          {},
		"{registry: a.example, user: hunter1, pass: hunter2}, {credHelper: hunter3}":            {lost: []string{"f:1:8: creds: log in with manifest-tool auth login"}},
		"{registry: 'a.example;x', tls: disabled}, {registry: oci-layout:$(id), tls: disabled}": {lost: []string{`"a.example;x" is no host: use --plain-http-registry HOST`, "is no host"}},
		"{registry: '{{env \"X\"}}', tls: insecure}, {registry: a.example, tls: x}":             {lost: []string{"is no host: use --insecure-registry", "expected enabled, insecure or disabled"}},
		"{registry: a.example, mirrors: [b.example], hostname: c.example, regcert: x}":          {lost: []string{"mirrors", "hostname", "regcert: "}},
		"{registry: a.example, pas: hunter2}":                                                   {lost: []string{`unknown key "pas"`}},
	} {
		got, err := Convert("f", []byte("creds: ["+creds+"]\nsync: [{source: a.example/a, target: c.example/a, type: image, referrers: true}, {source: a.example/b, target: c.example/b, type: image}, {source: a.example/c, target: c.example/c, type: repository}]"), ConvertOptions{})
		lost := got.Lost[:max(0, len(got.Lost)-2)]
		if err != nil || !slices.EqualFunc(lost, want.lost, strings.Contains) || strings.Contains(string(got.Text)+strings.Join(got.Lost, ""), "hunter") {
			t.Errorf("%s: %q, %v", creds, got.Lost, err)
		}
		for _, command := range []string{"# manifest-tool copy --pairs FILE" + want.flags + "\n", " run manifest-tool copy --pairs FILE --referrers" + want.flags + "\n", ": manifest-tool copy --all-tags" + want.flags + " a.example/c "} {
			if !strings.Contains(string(got.Text), command) {
				t.Errorf("%s: no %q in\n%s", creds, command, got.Text)
			}
		}
	}
}

// A pipeline is no file to convert, and its CI system says what is.
func TestConvertPipelines(t *testing.T) {
	for text, want := range map[string]string{
		"kind: pipeline\ntype: docker\nname: default\nsteps:\n- {name: push, image: plugins/manifest, settings: {spec: manifest.tmpl}}":                 "Drone: give the template that its setting spec names, or use push from-args",
		"---\nkind: pipeline\nname: a\nsteps: []\n---\nkind: pipeline\nname: b\nsteps: []":                                                              "Drone: give the template",
		"kind: secret\nname: a\ndata: b\n---\nkind: pipeline\nname: b\nsteps: []":                                                                       "Drone: give the template",
		"when: {event: tag}\nsteps:\n- {name: push, image: plugins/manifest}":                                                                           "Woodpecker: give the template",
		"steps:\n  push: {image: plugins/manifest}":                                                                                                     "Woodpecker: give the template",
		"pipeline:\n  push: {image: plugins/manifest}":                                                                                                  "Woodpecker: give the template",
		"stages: [build, push]\nimage: alpine\npush: {stage: push, script: [x]}":                                                                        "GitLab: use push from-args in it",
		"image: alpine\npush: {script: x}":                                                                                                              "GitLab: use push from-args in it",
		"name: x\non: [push]\njobs: {push: {runs-on: ubuntu-latest, steps: [{run: x}]}}":                                                                "GitHub: use push from-args in it",
		"on:\n  push: {branches: [main]}\npermissions: {}\njobs:\n  push:\n    runs-on: ubuntu-latest\n    steps:\n    - run: echo ${{ github.ref }}\n": "GitHub: use push from-args in it",
	} {
		for _, from := range []Format{"", SpecFormat, Regsync} {
			if _, err := Convert("f", []byte(text), ConvertOptions{From: from}); err == nil || !strings.Contains(err.Error(), "this is a pipeline of "+want) {
				t.Errorf("%s%s: %v, want %q", text, from, err, want)
			}
		}
	}
	for _, text := range []string{"kind: Pod\nsteps: x", "jobs: {a: {}}", "stages: x", "kind: pipeline\nimage: a.example/b\nmanifests: x", "sync: []\nsteps: []"} {
		if _, err := Convert("f", []byte(text), ConvertOptions{}); err == nil || strings.Contains(err.Error(), "this is a pipeline") {
			t.Errorf("%s: %v", text, err)
		}
	}
	if _, err := Convert("f", []byte("steps: {images: {a: '1'}}"), ConvertOptions{From: SkopeoSync, Target: "t.example"}); err != nil {
		t.Error(err)
	}
}

func TestConvertScoped(t *testing.T) {
	got, err := Convert("f", []byte("a.example: {images: {x/b: '1'}}\ndocker.io: {images: {b: '1'}}"), ConvertOptions{Target: "t.example:5000", Scoped: true})
	if lines := linesOf(got); err != nil || !slices.Equal(lines, []string{"a.example/x/b:1 t.example:5000/a.example/x/b:1", "docker.io/library/b:1 t.example:5000/docker.io/library/b:1"}) {
		t.Errorf("%q, %v", lines, err)
	}
}

func TestConvertFaults(t *testing.T) {
	for text, want := range map[string]string{
		"":                                 "the file is empty",
		"[]":                               "f:1:1: ",
		"a: b\nc: d":                       `its keys are "a", "c"`,
		"sync: []":                         "sync is empty",
		"version: 2\nsync: []":             `version "2"`,
		"sync: [x]":                        "an entry of sync: expected keys",
		"sync: [{source: a, type: image}]": "source and target are needed",
		regsyncEntry + "imag}":             "did you mean image?",
		regsyncEntry + "image, referrers: maybe}":                                                                  "expected true or false",
		regsyncEntry + "image, platforms: [x]}":                                                                    `platform "x"`,
		regsyncEntry + "repository, tags: {allow: [a], deny: ['(']}}":                                              "is no regular expression",
		regsyncEntry + "repository, tags: {allow: [a], deny: [" + strings.Repeat("'a{1000}',", 100_000/10) + "]}}": "longer than the limit of 4 KiB",
		"sync:\n- &e {source: a.example/b, target: c.example/d, type: repository, tags: {allow: [" + strings.Repeat("'1',", 1000) + "], deny: ['x{1000}']}}\n" + strings.Repeat("- *e\n", 5000): "more than 10000 copies",
		"a.example:\n images:\n  a: &b [" + strings.Repeat("'1',", 11_000) + "]\n  c: *b":                                                                                                       "more than 10000 copies",
		"sync: [{source: A, target: b.example/c, type: image}]":                                                                                                                                 "must be in lower case",
		"sync: [{source: 'a;rm -rf', target: 'b.example/c;x', type: repository}]":                                                                                                               "f:1:",
		"a.example: {images: {}}":       "names no images",
		"a.example: {images: {B: '1'}}": "must be in lower case",
		"a.example: {images: [x]}":      "expected keys and values",
		"x: &x [a,a,a,a,a,a,a,a,a,a]\ny: &y [*x,*x,*x,*x,*x,*x,*x,*x,*x,*x]\na.example: {images: {b: *y}}": "f:",
		"image: a\nmanifests: [{}]": "image is missing",
	} {
		_, err := Convert("f", []byte(text), ConvertOptions{Target: "t.example"})
		if strings.Contains(text, "rm -rf") {
			got, _ := Convert("f", []byte(text), ConvertOptions{})
			if !strings.Contains(string(got.Text), "the name has a space") {
				t.Errorf("%s: %s", text, got.Text)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
	if _, err := Convert("f", []byte("a.example: {images: {b: '1'}}"), ConvertOptions{}); err == nil || !strings.Contains(err.Error(), "--target") {
		t.Errorf("without a target: %v", err)
	}
	if _, err := Convert("f", []byte("sync: []"), ConvertOptions{From: SpecFormat}); err == nil {
		t.Error("regsync was read as a spec")
	}
}

func TestModernise(t *testing.T) {
	for name, test := range map[string]struct{ from, to string }{
		"nothing to do": {"# c\n\nimage:   a.example/b:1\nmanifests: [{image: a.example/c}]", ""},
		"keys":          {"image: a.example/b:1 # t\nplatform_tags: TAG-ARCH\nmanifests:\n# w\n- image: a.example/c\n  platform: {os: windows, architecture: amd64, osversion: 10.0, os_features: [win32k]}\n", "image: a.example/b:1 # t\nplatform-tags: TAG-ARCH\nmanifests:\n  # w\n  - image: a.example/c\n    platform: {os: windows, architecture: amd64, os.version: 10.0, os.features: [win32k]}\n"},
		"words":         {"image: a.example/b:1\nmanifests:\n- image: a.example/c\n  platform: linux/aarch64\n- image: a.example/d\n  platform:\n    architecture: armhf # old\n    os: Linux\n", "image: a.example/b:1\nmanifests:\n  - image: a.example/c\n    platform: linux/arm64\n  - image: a.example/d\n    platform:\n      architecture: arm # old\n      variant: v7\n      os: linux\n"},
		"variant":       {"image: a.example/b:1\nmanifests: [{image: a.example/c, platform: {os: linux, architecture: armv7l, variant: ''}}, {image: a.example/c, platform: {os: linux, architecture: arm, variant: 6}}]\n", "image: a.example/b:1\nmanifests: [{image: a.example/c, platform: {os: linux, architecture: arm, variant: 'v7'}}, {image: a.example/c, platform: {os: linux, architecture: arm, variant: v6}}]\n"},
		"anchors":       {"x-p: &p {os: linux, architecture: x86_64}\nimage: a.example/b:1\nmanifests:\n- {image: a.example/c, platform: *p}\n- {image: a.example/d, platform: *p}\n", "x-p: &p {os: linux, architecture: amd64}\nimage: a.example/b:1\nmanifests:\n  - {image: a.example/c, platform: *p}\n  - {image: a.example/d, platform: *p}\n"},
		"comments":      {"# head\n\nimage: a.example/b:1\nmanifests: [{image: a.example/c, platform: linux/x86_64}]\n\n# foot\n", "# head\n\nimage: a.example/b:1\nmanifests: [{image: a.example/c, platform: linux/amd64}]\n\n# foot\n"},
		"word twice":    {"x-a: &a linux/armhf\nimage: a.example/b:1\nannotations: {a: *a}\nmanifests: [{image: a.example/c, platform: *a}]\n", "x-a: &a linux/armhf\nimage: a.example/b:1\nannotations: {a: *a}\nmanifests: [{image: a.example/c, platform: linux/arm/v7}]\n"},
		"value twice":   {"x-a: &a armhf\nimage: a.example/b:1\nannotations: {a: *a}\nmanifests: [{image: a.example/c, platform: {os: linux, architecture: *a}}]\n", "x-a: &a armhf\nimage: a.example/b:1\nannotations: {a: *a}\nmanifests: [{image: a.example/c, platform: {os: linux, architecture: arm, variant: v7}}]\n"},
		"merged":        {"x-p: &p {os: linux, architecture: x86_64}\nimage: a.example/b:1\nmanifests:\n- {image: a.example/c, platform: {<<: *p}}\n", "x-p: &p {os: linux, architecture: amd64}\nimage: a.example/b:1\nmanifests:\n  - {image: a.example/c, platform: {!!merge <<: *p}}\n"},
		"JSON":          {`{"image": "a.example/b", "tags": ["3.10"], "manifests": [{"image": "a.example\/c"}]}`, "image: a.example/b\ntags:\n  - \"3.10\"\nmanifests:\n  - image: a.example/c\n"},
		"documents":     {"image: a.example/b:1\nmanifests: [{image: a.example/c, platform: linux/x86_64}]\n---\nimage: a.example/b:2\nmanifests: [{image: a.example/c}]\n", "image: a.example/b:1\nmanifests: [{image: a.example/c, platform: linux/amd64}]\n---\nimage: a.example/b:2\nmanifests: [{image: a.example/c}]\n"},
	} {
		want := test.to
		if want == "" {
			want = test.from + "\n"
		}
		got, err := Convert("f", []byte(test.from), ConvertOptions{})
		if err != nil || string(got.Text) != want {
			t.Errorf("%s: %v\n%s\nwant\n%s", name, err, got.Text, want)
		}
	}
}

// A pattern takes the same tags as the expression that it was made of.
func TestGlobOf(t *testing.T) {
	tags := strings.Fields("1 1.0 1.10 v1.0 v1.10 v10 1x0 latest edge 1.0-alpine 1.0.1 v a-b 3.9 3.10 10 " + strings.Repeat("x", 20))
	for expression, want := range map[string]string{
		`1\.0`: "1.0", `v1\..*`: "v1.*", `.*`: "*", `.+`: "?*", `^1\.[0-9]$`: "1.[0-9]", `\d\.\d`: "[0-9].[0-9]", `1.0`: "1?0", `latest`: "latest", `a\-b`: "a-b",
		`1\.\d+`: "", `(a|b)`: "", `a|b`: "", `a*`: "", `a?`: "", `a{2}`: "", `[^a]`: "", `[a\-]`: "", `[-a]`: "", `[a-]`: "", ``: "", `\w`: "", `(?i)a`: "", `a$b`: "", `[]`: "", `[`: "", `\`: "", `'`: "", `.**`: "",
	} {
		glob, ok := globOf(expression)
		if glob != want && ok || ok != (want != "") {
			t.Errorf("%s: %q %t, want %q", expression, glob, ok, want)
		}
		if !ok {
			continue
		}
		whole := regexp.MustCompile("^(?:" + expression + ")$")
		for _, tag := range tags {
			if fits, err := path.Match(glob, tag); err != nil || fits != whole.MatchString(tag) {
				t.Errorf("%s and %s do not agree on %s: %v", expression, glob, tag, err)
			}
		}
	}
}

// Whatever a file holds, a conversion ends, and its result is a file that is read without errors.
func FuzzConvert(f *testing.F) {
	f.Add(regsyncEntry+"repository, tags: {allow: ['1', 'v.*'], deny: [x]}, platforms: [linux/arm64]}", "")
	f.Add("a.example: {images: {x/b: ['1'], c: []}, images-by-tag-regex: {d: '^v1'}}", "skopeo")
	f.Add("image: a.example/b:1\nmanifests:\n- &a {image: a.example/c, platform: {os: linux, architecture: armhf, osversion: ''}}\n- {<<: *a, image: d}\n---\nimage: c\nmanifests: [{image: d}]", "spec")
	f.Fuzz(func(t *testing.T, text, from string) {
		done, err := Convert("f", []byte(text), ConvertOptions{From: Format(from), Target: "t.example"})
		if err != nil || done.Format == Format(from) && from != string(Regsync) && from != string(SkopeoSync) && from != string(SpecFormat) {
			return
		}
		if done.Format == SpecFormat {
			before, _, _ := LoadAll("f", strings.NewReader(text), nil, Options{})
			after, _, err := LoadAll("f", strings.NewReader(string(done.Text)), nil, Options{})
			if err != nil || len(before) != len(after) {
				t.Errorf("%d specs became %d: %v\n%s", len(before), len(after), err, done.Text)
			}
			return
		}
		copies := slices.DeleteFunc(linesOf(done), func(line string) bool { return strings.HasPrefix(line, "#") })
		specs, _, err := LoadPairs("f", strings.NewReader(string(done.Text)), nil, Options{})
		if len(copies) > 0 && err != nil || len(specs) != len(copies) {
			t.Errorf("%d copies, and %d are read: %v\n%s", len(copies), len(specs), err, done.Text)
		}
		if len(specs) == 0 && len(done.Lost) == 0 {
			t.Errorf("nothing is converted, and nothing is lost:\n%s", done.Text)
		}
	})
}

// TestConvertHostile: a path is one word of the command that a user may copy, and no text makes a line of its own.
func TestConvertHostile(t *testing.T) {
	for text, want := range map[string]string{
		`sync: [{source: "ocidir://$(id)'", target: c.example/d, type: repository}]`:                                           `copy --all-tags 'oci-layout:$(id)'\''' c.example/d`,
		`sync: [{source: "a.example/b\nwarning: x", target: c.example/d, type: repository}]`:                                   "a.example/b warning: x: the name has a space",
		`sync: [{source: a.example/b, target: c.example/d, type: repository, tags: {allow: ["(a)\nwarning: x"]}}]`:             "the tags (a) warning: x: --tag-filter",
		`sync: [{source: a.example/b, target: c.example/d, type: repository, tags: {allow: [".*"], deny: ["x\nwarning: y"]}}]`: "without x warning: y: --tag-filter",
		`sync: [{source: "a.example/{{x}}\nwarning: x", target: "c.example/d", type: image}]`:                                  "warning: x: templates",
	} {
		got, err := Convert("f", []byte(text), ConvertOptions{})
		if err != nil || len(got.Lost) != 1 || !strings.Contains(got.Lost[0], want) || strings.Contains(got.Lost[0], "\n") {
			t.Errorf("%s: %q, %v", text, got.Lost, err)
		}
	}
}
