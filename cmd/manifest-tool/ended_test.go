package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/registrytest"
)

// An endingWriter ends the run with the first byte that it gets.
type endingWriter struct {
	bytes.Buffer
	once sync.Once
	end  func()
}

func (w *endingWriter) Write(b []byte) (int, error) {
	w.once.Do(w.end)
	return w.Buffer.Write(b)
}

// chainOfSpecs returns n specs of which each needs the image of the one before.
func chainOfSpecs(t *testing.T, s *stage, n int) string {
	s.registry[regHost].Push(t, "base", "x", registrytest.Image{Architecture: "amd64"}.Build())
	specs := "image: reg.test/chain:0\nmanifests:\n- image: reg.test/base:x\n"
	for i := 1; i < n; i++ {
		specs += fmt.Sprintf("---\nimage: reg.test/chain:%d\nmanifests:\n- image: reg.test/chain:%d\n  platform: linux/amd64\n", i, i-1)
	}
	return specs
}

// A run that ends between two images, or before the first, is no success, although no image failed.
func TestRunEndsBetweenImages(t *testing.T) {
	specs := func(n int) []string {
		return []string{"push", "from-spec", "--output", "jsonl", "--failed-file", "FAILED", fmt.Sprint(n)}
	}
	stopped, late := output.Interrupted{Signal: os.Interrupt}, output.TimedOut{After: time.Second}
	for name, test := range map[string]struct {
		args  []string
		cause error
		early bool // the run ends before it begins
		code  int
		says  string
		left  int // specs in the file of failed ones
	}{
		"interrupted":      {specs(6), stopped, false, 130, "stopped by interrupt: 5 of 6 images not tried", 5},
		"late":             {specs(6), late, false, output.ExitPartial, "not finished after 1s (--timeout): interrupted: 5 of 6 images not tried", 5},
		"nothing is left":  {specs(1), stopped, false, output.ExitDone, "0 created (1 platform)", 0},
		"before one image": {[]string{"copy", "reg.test/base:x", "reg.test/copy:x"}, stopped, true, 130, "stopped by interrupt\n", 0},
		"late, one image":  {[]string{"copy", "reg.test/base:x", "reg.test/copy:x"}, late, true, output.ExitUnavailable, "not finished after 1s (--timeout): interrupted", 0},
		"before a plan":    {[]string{"plan", "copy", "-o", "PLAN", "reg.test/base:x", "reg.test/copy:x"}, stopped, true, 130, "stopped by interrupt\n", 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStage(nil, nil)
				defer s.close()
				dir, n := t.TempDir(), 0
				fmt.Sscan(test.args[len(test.args)-1], &n)
				file, failed, planned := filepath.Join(dir, "specs.yaml"), filepath.Join(dir, "failed.yaml"), filepath.Join(dir, "plan.json")
				if err := os.WriteFile(file, []byte(chainOfSpecs(t, s, n)), 0o600); err != nil {
					t.Fatal(err)
				}
				ctx, end := context.WithCancelCause(t.Context())
				s.ctx, s.stdout = ctx, &endingWriter{end: func() { end(test.cause) }}
				if test.early {
					end(test.cause)
				}
				args := []string{"--plain-http"}
				for _, word := range test.args {
					args = append(args, strings.NewReplacer("FAILED", failed, "PLAN", planned, fmt.Sprint(n), file).Replace(word))
				}
				o := s.run(t, "", args...)
				if o.code != test.code || !strings.Contains(o.stderr, test.says) {
					t.Errorf("exit %d, want %d and %q:\n%s", o.code, test.code, test.says, o.stderr)
				}
				left, _ := os.ReadFile(failed)
				if got := strings.Count(string(left), "image: reg.test/chain:") / 2; got != test.left {
					t.Errorf("%d specs are left, want %d:\n%s", got, test.left, left)
				}
				if _, err := os.Stat(planned); err == nil {
					t.Error("an incomplete plan is written")
				}
			})
		})
	}
}
