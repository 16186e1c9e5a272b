package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func testJob(t *testing.T, repository string) job {
	return job{
		hosts:   []string{"host:1"},
		target:  "host:1/app",
		tags:    []string{"v1", "latest"},
		sources: []image{{"host:1/" + repository + ":amd64", "linux", "amd64"}, {"host:1/" + repository + ":v7", "linux", "arm"}},
		dir:     t.TempDir(),
	}
}

func TestOras(t *testing.T) {
	for _, tt := range []struct {
		repository string
		want       [][]string
	}{
		{"app", [][]string{{"oras", "manifest", "index", "create", "--plain-http", "host:1/app:v1,latest", "amd64", "v7"}}},
		{"base", [][]string{
			{"oras", "cp", "--from-plain-http", "--to-plain-http", "host:1/base:amd64", "host:1/app:child-0"},
			{"oras", "cp", "--from-plain-http", "--to-plain-http", "host:1/base:v7", "host:1/app:child-1"},
			{"oras", "manifest", "index", "create", "--plain-http", "host:1/app:v1,latest", "child-0", "child-1"},
		}},
	} {
		got, err := pushOras(tool{program: "oras"}, testJob(t, tt.repository))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("from %s: -want +got\n%s", tt.repository, diff)
		}
	}
}

func TestSpec(t *testing.T) {
	j := testJob(t, "base")
	path, err := j.spec(j)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := `image: host:1/app:v1
tags: [latest]
manifests:
- image: host:1/base:amd64
  platform: {os: linux, architecture: amd64}
- image: host:1/base:v7
  platform: {os: linux, architecture: arm}
`
	if filepath.Dir(path) != j.dir || string(got) != want {
		t.Errorf("in %s:\n%s", path, got)
	}
}

func TestInstalledVersion(t *testing.T) {
	for text, want := range map[string]string{
		"Docker version 28.2.2, build e6534b4":          " 28.2.2",
		"github.com/docker/buildx v0.30.1 9e66234aa131": " 0.30.1",
		"podman version 4.3.1\n":                        " 4.3.1",
		"no version":                                    "",
	} {
		if got := installedVersion(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
