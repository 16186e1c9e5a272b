package output

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

func TestDoneBefore(t *testing.T) {
	line := func(spec, status, more string) string {
		return `{"schema":"manifest-tool.result/v1","status":"` + status + `","specDigest":"` + spec + `"` + more + "}\n"
	}
	for name, test := range map[string]struct{ results, want string }{
		"no line":              {"", ""},
		"done and skipped":     {line("a", "done", "") + line("b", "skipped", "") + line("c", "failed", ""), "a b"},
		"done after a failure": {line("a", "failed", "") + line("a", "done", ""), "a"},
		"failed later":         {line("a", "done", "") + line("a", "failed", ""), ""},
		"a dry run":            {line("a", "done", `,"dryRun":true`), ""},
		"a dry run later":      {line("a", "done", "") + line("a", "failed", `,"dryRun":true`), "a"},
		"a line cut off":       {line("a", "done", "") + line("b", "done", "")[:40], "a"},
	} {
		done, err := DoneBefore(strings.NewReader(test.results))
		maps.DeleteFunc(done, func(_ string, is bool) bool { return !is })
		if got := strings.Join(slices.Sorted(maps.Keys(done)), " "); got != test.want || err != nil {
			t.Errorf("%s: done are %q, %v, want %q", name, got, err, test.want)
		}
	}
}
