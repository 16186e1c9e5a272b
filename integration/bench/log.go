package main

import (
	"fmt"
	"os"
	"strings"
)

// writeLog tells of every request of our runs, to show where a budget goes.
func (r report) writeLog(path string) error {
	var text strings.Builder
	for _, s := range r.sections {
		if us := own(s.rows); us != nil {
			for round, run := range us.runs {
				fmt.Fprintf(&text, "%s, round %d\n", s.name, round+1)
				logRun(&text, run.requests)
			}
		}
	}
	return os.WriteFile(path, []byte(text.String()), 0o600)
}

// logRun writes a line for each request: begin and end in ms, and a mark if it is of the chain.
func logRun(text *strings.Builder, requests []request) {
	links := map[request]bool{}
	for _, link := range chain(requests) {
		links[link] = true
	}
	for _, q := range requests {
		mark := ' '
		if links[q] {
			mark = '*'
		}
		begin := requests[0].start
		fmt.Fprintf(text, "%c %6s %6s %s %s %d\n", mark, ms(q.start.Sub(begin)), ms(q.end.Sub(begin)), q.method, q.path, q.status)
	}
}
