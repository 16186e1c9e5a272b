package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"

	rt "github.com/manifest-tool/manifest-tool/internal/registrytest"
	"github.com/manifest-tool/manifest-tool/registry"
)

// A line of --output jsonl counts what was done again: requests after a failure, and the whole push after a conflict. The
// metrics of the run have the sums.
func TestRetriesInResults(t *testing.T) {
	const three = "---\nimage: reg.test/app:2\nmanifests: [{image: \"reg.test/app:amd64\"}]\n"
	specs := strings.Join([]string{strings.Replace(three, ":2", ":1", 1), three, strings.Replace(three, ":2", ":3", 1)}, "")
	putOf := func(tag string) func(*http.Request) bool {
		return func(r *http.Request) bool {
			return r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, "/manifests/"+tag)
		}
	}
	answers := func(status int) rt.Fault { return rt.NewFault(fmt.Sprint(status), rt.Status(status)) }
	for name, test := range map[string]struct {
		match func(*http.Request) bool
		fault rt.Fault
		times int
		args  []string
		want  string // retries and attempts of each line, in order
		sum   int
	}{
		"nothing":          {args: []string{"push", "from-spec", "specs.yaml"}, want: "0 1, 0 1, 0 1"},
		"503 twice":        {match: putOf("1"), fault: answers(503), times: 2, args: []string{"push", "from-spec", "specs.yaml"}, want: "2 1, 0 1, 0 1", sum: 2},
		"429":              {match: putOf("2"), fault: answers(429), times: 1, args: []string{"push", "from-spec", "specs.yaml"}, want: "0 1, 1 1, 0 1", sum: 1},
		"503 for ever":     {match: putOf("1"), fault: answers(503), args: []string{"push", "from-spec", "specs.yaml"}, want: "4 1, 0 1, 0 1", sum: 4},
		"a conflict":       {match: rt.Of(rt.LookUpTag), fault: meddle("another editor", 1, func(g *rt.Registry, _ *http.Request) { g.Push(t, "app", "1.0", theirs) }), times: 1, args: []string{"edit", "reg.test/app:1.0", "--add", "reg.test/app:arm64", "--retry-on-conflict", "2"}, want: "0 2"},
		"done before":      {args: []string{"push", "from-spec", "specs.yaml", "--resume", "before.jsonl"}, want: "0 0, 0 1, 0 1"},
		"a source of ours": {args: []string{"push", "from-spec", "chain.yaml"}, want: "0 1, 0 0"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStage(nil, nil)
				defer s.close()
				g, dir := s.registry[regHost], t.TempDir()
				g.Push(t, "app", "1.0", rt.Index(false, rt.Image{Architecture: "amd64"}.Build()))
				for _, arch := range []string{"amd64", "arm64"} {
					g.Push(t, "app", arch, rt.Image{Architecture: arch}.Build())
				}
				first, _, _ := strings.Cut(specs[4:], "---\n")
				before := fmt.Sprintf(`{"schema":"manifest-tool.result/v1","status":"done","specDigest":"%s"}`, registry.DigestOf([]byte("---\n"+first)))
				chain := strings.Replace(three, "amd64", "none", 1) + "---\nimage: reg.test/other:1\nmanifests: [{image: \"reg.test/app:2\"}]\n"
				for file, text := range map[string]string{"specs.yaml": specs, "before.jsonl": before, "chain.yaml": chain} {
					if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
						t.Fatal(err)
					}
				}
				if test.match != nil {
					g.Inject(nil, test.match, 1, test.fault.For(test.times))
				}
				args := []string{"--plain-http", "--output", "jsonl"}
				for _, arg := range test.args {
					if strings.HasSuffix(arg, "yaml") || strings.HasSuffix(arg, "jsonl") {
						arg = filepath.Join(dir, arg)
					}
					args = append(args, arg)
				}
				metrics := filepath.Join(dir, "metrics.prom")
				if test.args[0] == "push" {
					args = append(args, "--ordered", "--jobs", "2", "--metrics-file", metrics)
				}
				o := s.run(t, "", args...)
				var got []string
				for line := range strings.Lines(o.stdout) {
					var said struct{ Retries, Attempts *int }
					if err := json.Unmarshal([]byte(line), &said); err != nil || said.Retries == nil || said.Attempts == nil {
						t.Fatalf("exit %d: %v: %s\n%s", o.code, err, line, o.stderr)
					}
					got = append(got, fmt.Sprintf("%d %d", *said.Retries, *said.Attempts))
				}
				if text := strings.Join(got, ", "); text != test.want {
					t.Errorf("retries and attempts are %s, want %s (exit %d)\n%s", text, test.want, o.code, o.stdout)
				}
				if raw, err := os.ReadFile(metrics); test.args[0] == "push" {
					said := regexp.MustCompile(`(?m)^manifest_tool_retries (\d+)$`).FindSubmatch(raw)
					if err != nil || said == nil || string(said[1]) != fmt.Sprint(test.sum) {
						t.Errorf("metrics: %v, want %d retries\n%s", err, test.sum, raw)
					}
					sent := regexp.MustCompile(`(?m)^manifest_tool_requests (\d+)$`).FindSubmatch(raw)
					if name != "a source of ours" && (sent == nil || string(sent[1]) != fmt.Sprint(len(s.requests()))) { // whose hint costs a request
						t.Errorf("metrics: want %d requests\n%s", len(s.requests()), raw)
					}
				}
			})
		})
	}
}
