package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/registrytest"
)

// A testCase is a run with one fault, and what came of it.
type testCase struct {
	dryRun
	moment requestPoint
	fault  registrytest.Fault
	stage  *stage
	outcome
	happened int
}

// check looks at all that has to hold whatever happens. The numbers are those of the fault matrix.
func (a testCase) check(t *testing.T) {
	t.Helper()
	for name, invariant := range map[string]func() error{
		"I1": a.tagWhole, "I2": a.doneMeansDone, "I3": a.nothingGone, "I4": a.rightExit, "I5": a.saysAll,
		"I6": a.noSecrets, "I7": a.noStrangers, "I8": a.bounded, "I11": a.nothingLeft, "I12": a.printable,
	} {
		if err := invariant(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := a.signed(t); err != nil {
		t.Errorf("I13: %v", err)
	}
	if t.Failed() {
		t.Logf("%s, %s, tag %s: %s at %s %s #%d, %d times\nexit %d after %s\n%s%s", a.name, a.moment.kind, a.prior, a.fault.Name,
			a.moment.host, a.moment.point, a.moment.nth, a.happened, a.code, a.took, a.stdout, a.stderr)
	}
}

// tagWhole: every tag is what it was, or is the new index (or image) with everything below it.
func (a testCase) tagWhole() error {
	for n, after := range a.after {
		found := a.stage.walk(n.host, "app", n.tag)
		switch {
		case found.Digest != a.before[n] && found.Digest != after:
			return fmt.Errorf("tag %s holds %s, not %q or %s", n, found.Digest, a.before[n], after)
		case found.Digest != "" && len(found.Wrong) > 0:
			return fmt.Errorf("tag %s is broken: %v", n, found.Wrong)
		}
	}
	return nil
}

// signed: who finds the new image finds what is about it, unless its registry denied that there is such.
func (a testCase) signed(t *testing.T) error {
	denied := a.moment.host == otherHost && (a.fault.Class == registrytest.Missing || strings.Contains(a.fault.Name, "404"))
	for _, tag := range a.tags {
		if a.stage.walk(regHost, "app", tag).Digest != a.digest || a.before[tagName{regHost, tag}] == a.digest || denied {
			continue
		}
		if got := a.stage.about(t, "app", a.digest); !slices.Equal(got, a.about) {
			return fmt.Errorf("tag %s is there, and about it %q, not %q", tag, got, a.about)
		}
	}
	return nil
}

// doneMeansDone: exit 0 says that every tag is what is printed; else nothing is printed.
func (a testCase) doneMeansDone() error {
	if a.code != output.ExitDone {
		if a.stdout != "" {
			return fmt.Errorf("exit %d, with a result: %q", a.code, a.stdout)
		}
		return nil
	}
	index, all := a.names()
	for _, n := range index {
		found := a.stage.walk(n.host, "app", n.tag)
		if want := fmt.Sprintf("Digest: %s %d\n", found.Digest, found.Size); a.stdout != want {
			return fmt.Errorf("tag %s: printed %q, not %q", n, a.stdout, want)
		}
	}
	for _, n := range all {
		if found := a.stage.walk(n.host, "app", n.tag); found.Digest != a.after[n] {
			return fmt.Errorf("tag %s holds %s, not %s", n, found.Digest, a.after[n])
		}
	}
	return nil
}

// nothingGone: what was there is there, and nothing was asked to be deleted but uploads.
func (a testCase) nothingGone() error {
	for host, was := range a.held {
		if gone := was.Gone(a.stage.registry[host]); len(gone) > 0 {
			return fmt.Errorf("%s: gone: %v", host, gone)
		}
	}
	for _, r := range a.stage.requests() {
		if r.Method == "DELETE" && r.Kind() != registrytest.CancelUpload {
			return fmt.Errorf("%s", r)
		}
	}
	return nil
}

func (a testCase) rightExit() error {
	want := a.expected(a.moment, a.fault)
	if a.happened == 0 {
		want = []int{output.ExitDone}
	}
	if !slices.Contains(want, a.code) {
		return fmt.Errorf("exit %d, want one of %d", a.code, want)
	}
	return nil
}

// failure is how an error is told: what was being done, the reference, the request, and what came of it.
// Where no request failed, but a tag is not what it should be, it is what the registry shows.
var failure = regexp.MustCompile(`^manifest-tool: (tags moved: .*: )?(read|read the target|push|open|verify|attach provenance to|copy to \S+ from) (reg|other)\.test/\S+: .*` +
	`((GET|HEAD|PUT|POST|PATCH|DELETE) http://(reg|other|elsewhere)\.test/\S+: .+|token server reg\.test\b.+|` +
	`another client moved the tag during this run: the tag now holds sha256:\S+, not sha256:\S+, which this run pushed|the registry accepted sha256:\S+, but the tag does not show it after 30s)`)

func (a testCase) saysAll() error {
	if a.code == output.ExitDone {
		return nil
	}
	if !slices.ContainsFunc(strings.Split(a.stderr, "\n"), failure.MatchString) {
		return fmt.Errorf("the error does not tell operation, reference, request and answer")
	}
	if !strings.Contains(a.stderr, "\nhint: ") {
		return fmt.Errorf("no hint")
	}
	return nil
}

func (a testCase) noSecrets() error {
	if strings.Contains(a.stdout+a.stderr, registrytest.Canary) {
		return fmt.Errorf("a secret is shown")
	}
	if stolen := a.stage.elsewhere.stolen; len(stolen) > 0 {
		return fmt.Errorf("elsewhere is sent %q", stolen)
	}
	for _, r := range a.stage.registry[otherHost].Requests() {
		if r.Authorized {
			return fmt.Errorf("%s %s is sent a login", otherHost, r)
		}
	}
	return nil
}

func (a testCase) noStrangers() error {
	allowed := []string{regHost, otherHost, "open." + regHost, "open." + otherHost}
	redirectable := []registrytest.Kind{registrytest.ReadBlob, registrytest.AskReferrers}
	if slices.Contains(redirectable, a.moment.kind) && strings.HasSuffix(a.fault.Name, "elsewhere") {
		allowed = append(allowed, registrytest.Elsewhere)
	}
	for _, host := range a.stage.network.Dialled() {
		if !slices.Contains(allowed, host) {
			return fmt.Errorf("a connection to %s", host)
		}
	}
	return nil
}

// What a fault may cost beyond a run without one.
const (
	maxTries  = 5
	maxHops   = 10
	moreTries = 30          // a read-back asks for half a minute; a blob that is sent again takes three requests
	rounds    = 15          // of a PUT that is sent again for half a minute, each with a look at what it refers to
	idle      = defaultJobs // net/http itself tries one idle connection after another, where no byte of an answer came
)

func (a testCase) bounded() error {
	limit := 5 * time.Minute
	if a.fault.Slow {
		limit = maxTries * 12 * time.Minute // a blob's PUT may take ten
	}
	tries := maxTries * a.moment.sharers
	switch {
	case strings.Contains(a.fault.Name, "in a circle"):
		tries = maxHops * a.moment.sharers
	case strings.Contains(a.fault.Name, "a reset") && !strings.Contains(a.fault.Name, "of the answer"):
		tries += idle
	}
	more := moreTries
	if a.lastsIncomplete() {
		tries, more = tries+rounds, more+rounds*8
	}
	if a.options.Auth != registrytest.NoAuth {
		tries++ // the first one gets a challenge, and where no token is any good each repository asks for its own
	}
	n, polls := len(a.stage.requests()), a.moment.readBack || a.putByDigest(a.moment) || a.moment.kind == registrytest.LookUpTag
	switch {
	case a.took > limit:
		return fmt.Errorf("it took %s", a.took)
	case a.happened > tries && !polls:
		return fmt.Errorf("tried %d times, where %d are enough", a.happened, tries)
	case n > len(a.requests)+more+tries:
		return fmt.Errorf("%d requests, where %d are needed", n, len(a.requests))
	}
	return nil
}

// lastsIncomplete reports whether a registry goes on missing what a manifest refers to.
func (a testCase) lastsIncomplete() bool {
	f := a.fault
	return f.Times == 0 && (a.moment.kind == registrytest.PutTag || a.moment.kind == registrytest.PutChild) &&
		(strings.Contains(f.Name, "_UNKNOWN") || strings.HasPrefix(f.Name, "201"))
}

func (a testCase) nothingLeft() error {
	if a.open != 0 {
		return fmt.Errorf("%d connections are left open", a.open)
	}
	return nil
}

// printable: what came from outside cannot drive a terminal, or a CI system.
func (a testCase) printable() error {
	for line := range strings.Lines(a.stdout + a.stderr) {
		for _, r := range strings.TrimSuffix(line, "\n") {
			if !unicode.IsPrint(r) {
				return fmt.Errorf("%U in %q", r, line)
			}
		}
		if strings.Contains(line, "##") {
			return fmt.Errorf("a command for a runner of CI: %q", line)
		}
		if !strings.HasPrefix(line, "manifest-tool: ") && !strings.HasPrefix(line, "hint: ") && !strings.HasPrefix(line, "Digest: sha256:") {
			return fmt.Errorf("a line of somebody else: %q", line)
		}
	}
	return nil
}
