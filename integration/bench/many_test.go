package main

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestMany: our program gets a file with a document for each job, the others get a process for each.
func TestMany(t *testing.T) {
	one, other := testJob(t, "app"), testJob(t, "app")
	one.tags, other.tags = []string{"v1"}, []string{"v2"}
	j := job{hosts: one.hosts, many: []job{one, other}, dir: t.TempDir()}
	lines, err := tool{program: "oras", push: pushOras, many: loop}.lines(j)
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		{"oras", "manifest", "index", "create", "--plain-http", "host:1/app:v1", "amd64", "v7"},
		{"oras", "manifest", "index", "create", "--plain-http", "host:1/app:v2", "amd64", "v7"},
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("a loop: -want +got\n%s", diff)
	}
	if lines, err = (tool{program: "ours", many: manyOurs}).lines(j); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(lines[0][len(lines[0])-1])
	if err != nil {
		t.Fatal(err)
	}
	if documents := strings.Split(string(text), "---\n"); len(lines) != 1 || len(documents) != 2 ||
		!strings.HasPrefix(documents[1], "image: host:1/app:v2\n") {
		t.Errorf("got %q and the file\n%s\nwant one command and two documents", lines, text)
	}
}

// TestLoopFiles: a tool that reads a file has a file for each job.
func TestLoopFiles(t *testing.T) {
	j := job{many: []job{testJob(t, "app"), testJob(t, "app")}, dir: t.TempDir()}
	lines, err := loop(tool{program: "v2", push: pushV2}, j)
	if err != nil {
		t.Fatal(err)
	}
	if a, b := lines[0], lines[1]; a[len(a)-1] == b[len(b)-1] {
		t.Errorf("both read %s", a[len(a)-1])
	}
}

func TestCopyAllTags(t *testing.T) {
	j := job{hosts: []string{"host:1"}, from: "host:1/app", target: "host:1/copy", tags: []string{"v1", "v2"}, dir: t.TempDir()}
	got, err := tool{program: "regctl", copyAll: copyAllRegctl}.lines(j)
	if err != nil {
		t.Fatal(err)
	}
	host := "reg=host:1,tls=disabled"
	want := [][]string{
		{"regctl", "--host", host, "tag", "ls", "host:1/app"},
		{"regctl", "--host", host, "image", "copy", "host:1/app:v1", "host:1/copy:v1"},
		{"regctl", "--host", host, "image", "copy", "host:1/app:v2", "host:1/copy:v2"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}
