package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// A report is all that was found.
type report struct {
	options  options
	date     time.Time
	absent   []string // tools
	sections []section
	memory   []row
	starts   []start
}

// failed lists the budgets that do not hold.
func (r report) failed() []string {
	var lines []string
	for _, s := range r.sections {
		lines = append(lines, failed(s.name, s.checks(), r.options.strict)...)
	}
	if r.memory != nil {
		lines = append(lines, failed(memory.name, memoryChecks(r.memory), r.options.strict)...)
	}
	return append(lines, failed("start", sizeCheck(r.starts), r.options.strict)...)
}

// command is what makes such a report again.
func command() string {
	if args := strings.Join(os.Args[1:], " "); args != "" {
		return "make bench BENCH='" + args + "'"
	}
	return "make bench"
}

func (r report) write(w io.Writer) {
	fmt.Fprintf(w, "Made by `%s` on %s: %v for each request, %v for each new connection, %d rounds.\n",
		command(), r.date.Format(time.DateOnly), r.options.delay, r.options.connect, r.options.runs)
	if len(r.absent) > 0 {
		fmt.Fprintf(w, "Not measured, as they are not here: %s.\n", strings.Join(r.absent, ", "))
	}
	if len(r.sections) > 0 {
		fmt.Fprintln(w, "\n\"18 of 19\" is our figure and its budget, bold if over. Chain: how many requests wait for one another.")
		fmt.Fprintln(w)
		writeOverview(w, r.sections)
		fmt.Fprintln(w, "\nWhere somebody else needs less:")
		fmt.Fprintln(w)
		writeLosses(w, r.sections)
		fmt.Fprintf(w, "\nA tool that took more than %d times as long as the best peer ran only once. S7 to S9 have one round.\n", slower)
	}
	for _, s := range r.sections {
		writeSection(w, s)
	}
	if r.memory != nil {
		writeMemory(w, r.memory)
	}
	if r.starts != nil {
		writeStartups(w, r.starts)
	}
}
