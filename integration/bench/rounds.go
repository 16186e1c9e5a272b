package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/manifest-tool/manifest-tool/integration/bench/cost"
)

// slower is how many times the wall time of the best peer a tool may take in the first round to be run
// again. Who is slower than that cannot be the best, and would take most of the time.
const slower = 2

// A run is what one tool did once.
type run struct {
	cost.Usage
	requests    []request
	connections int
}

// A row is what one tool did in all rounds, or why it did not.
type row struct {
	tool tool
	runs []run
	err  error
}

// rounds lets the tools do a scenario in turns. A tool that has no way to do it has no row.
func (b *bench) rounds(ctx context.Context, s scenario, tools []tool, n int) []row {
	rows := make([]row, len(tools))
	if s.once {
		n = 1
	}
	for round := range n {
		best := best(rows)
		for i, t := range tools {
			r := &rows[i]
			r.tool = t
			if round > 0 && (len(r.runs) == 0 || t.name != ours && r.wall() > slower*best) {
				continue
			}
			done, err := b.run(ctx, s, t)
			if err != nil {
				r.err = err
				r.runs = nil
				fmt.Fprintf(os.Stderr, "%s: %s: %v\n", s.name, t.name, err)
			}
			if done != nil {
				r.runs = append(r.runs, *done)
				fmt.Fprintf(os.Stderr, "%s: %s: %d requests, %v\n", s.name, t.name, len(done.requests), done.Wall.Round(time.Millisecond))
			}
		}
	}
	return rows
}

// best is the wall time of the best peer so far.
func best(rows []row) time.Duration {
	if peer := bestPeer(rows); peer != nil {
		return peer.wall()
	}
	return 0
}

// run does a new job once, or nothing where the tool cannot do it.
func (b *bench) run(ctx context.Context, s scenario, t tool) (*run, error) {
	j, err := s.job(b)
	if err != nil {
		return nil, err
	}
	if j.dir, err = os.MkdirTemp(b.dir, t.name+"-"); err != nil {
		return nil, err
	}
	defer os.RemoveAll(j.dir)
	lines, err := t.lines(j)
	if err != nil || lines == nil {
		return nil, err
	}
	env, err := j.environment()
	if err != nil {
		return nil, err
	}
	order := cost.Order{Commands: lines, Env: env, AtOnce: s.atOnce}
	if s.again {
		b.wire.reset(0, 0)
		if _, err := b.measurer.run(ctx, order); err != nil {
			return nil, err
		}
	}
	connect := b.connect
	if s.tls {
		connect *= 2
	}
	b.wire.reset(b.delay, connect)
	usages, err := b.measurer.run(ctx, order)
	if err != nil {
		return nil, err
	}
	requests, connections := b.wire.seen()
	return &run{cost.Total(usages), requests, connections}, nil
}

// lines are the tool's commands for a job, or nil.
func (t tool) lines(j job) ([][]string, error) {
	way := t.push
	switch {
	case j.index != "":
		way = t.inspect
	case j.many != nil:
		way = t.many
	case j.from != "":
		way = t.copyAll
	}
	if way == nil {
		return nil, nil
	}
	return way(t, j)
}
