package scripttest

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// done is the line that a command prints on stderr for each target.
var done = regexp.MustCompile(`^manifest-tool: \S+: (\S.* (created|moved from sha256:|moved|unchanged|rewritten)|pushed by digest)\b.*`)

// succeeded [N]
//
// checks that stderr of the last command says what was done, in N lines or else one, and has no other line: no warning
// and no hint.
func succeeded(ts *testscript.TestScript, neg bool, args []string) {
	want := 1
	if len(args) == 1 {
		want, _ = strconv.Atoi(args[0])
	}
	if neg || len(args) > 1 || want < 1 {
		ts.Fatalf("usage: succeeded [N]")
	}
	text := strings.ReplaceAll(ts.ReadFile("stderr"), "\r", "")
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for _, line := range lines {
		if !done.MatchString(line) {
			ts.Fatalf("stderr has a line that is not about a success: %s", line)
		}
	}
	if len(lines) != want {
		ts.Fatalf("stderr has %d lines, not %d", len(lines), want)
	}
}
