package main

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// A limit ends tests that run for too long. go test itself has one limit for all tests of a package, which on a busy
// machine fails tests that do nothing wrong.
type limit struct {
	each  time.Duration
	every time.Duration    // how often to look
	end   func(pkg string) // ends the process that runs the tests of a package
	ended map[string]bool  // packages
}

// watch ends packages with a test that is over the limit, until done is closed.
func (l limit) watch(r *report, done <-chan struct{}) {
	tick := time.NewTicker(l.every)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return
		case <-tick.C:
		}
		for _, of := range r.overdue(time.Now().Add(-l.each)) {
			if !l.ended[of.pkg] {
				l.ended[of.pkg] = true
				r.say("--- over the limit of %s: %s of %s\n", l.each, of.name, of.pkg)
				l.end(of.pkg)
			}
		}
	}
}

// clock notes when a test begins or goes on. The time of a parent begins again when a child of it ends.
func (r *report) clock(e event, of test) {
	switch e.Action {
	case "run", "cont":
		r.since[of] = time.Now()
	case "pause":
		delete(r.since, of)
	case "pass", "fail", "skip":
		delete(r.since, of)
		if i := strings.LastIndex(of.name, "/"); i > 0 {
			if parent := (test{of.pkg, of.name[:i]}); !r.since[parent].IsZero() {
				r.since[parent] = time.Now()
			}
		}
	}
}

// overdue are the tests that have been running since then. A test that waits for its subtests is not among them.
func (r *report) overdue(then time.Time) (late []test) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for of, since := range r.since {
		if since.Before(then) && !r.hasChild(of) {
			late = append(late, of)
		}
	}
	return late
}

func (r *report) hasChild(parent test) bool {
	for of := range r.pending {
		if of.pkg == parent.pkg && strings.HasPrefix(of.name, parent.name+"/") {
			return true
		}
	}
	return false
}

func (r *report) say(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	io.WriteString(r.out, fmt.Sprintf(format, args...))
}
