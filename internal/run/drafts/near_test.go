package drafts

import (
	"fmt"
	"testing"

	"github.com/manifest-tool/manifest-tool/spec"
)

func TestNearest(t *testing.T) {
	var lists []spec.Reference
	for _, name := range []string{"q.io/acme/app:1.0", "q.io/acme/app:1.1", "q.io/acme/app:1.2", "q.io/acme/app:1.3", "q.io/acme/tool:2", "h.test:5000/worker"} {
		lists = append(lists, list(t, name))
	}
	for name, want := range map[string]string{
		"q.io/acme/app:2.0":    "[q.io/acme/app:1.0 q.io/acme/app:1.1 q.io/acme/app:1.2]", // no more than three
		"q.io/acme/tol:2":      "[q.io/acme/tool:2]",
		"q.io/acm/tool:2":      "[q.io/acme/tool:2]",
		"acme/tool:2":          "[q.io/acme/tool:2]",
		"localhost:5000/worke": "[h.test:5000/worker:latest]",
		"h.test:5000/database": "[]", // the host alone is not near
		"q.io/acme/db:2":       "[]",
	} {
		if got := fmt.Sprint(nearLists(list(t, name), lists)); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

func list(t *testing.T, name string) spec.Reference {
	t.Helper()
	ref, err := ParseList(name)
	if err != nil {
		t.Fatal(err)
	}
	return ref
}
