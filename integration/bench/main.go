package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	failed, err := benchmark(ctx, readFlags())
	stop()
	for _, line := range failed {
		fmt.Fprintln(os.Stderr, "over budget:", line)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
	}
	if err != nil || len(failed) > 0 {
		os.Exit(1)
	}
}

type options struct {
	program, bin     string
	runs             int
	delay, connect   time.Duration
	scenarios, tools string
	log              string
	strict           bool
}

func readFlags() options {
	var o options
	flag.StringVar(&o.program, "program", "./manifest-tool", "our program, as make build leaves it")
	flag.StringVar(&o.bin, "bin", "dist/bench", "`folder` for the programs of the peers")
	flag.IntVar(&o.runs, "runs", 3, "rounds of each scenario")
	flag.DurationVar(&o.delay, "delay", 50*time.Millisecond, "for each request")
	flag.DurationVar(&o.connect, "connect", 50*time.Millisecond, "for each new connection; over TLS twice that")
	flag.StringVar(&o.scenarios, "scenarios", "", "only these `names`: S1 to S9, S2-auth, S2-tls, S7-eight, memory, start")
	flag.StringVar(&o.tools, "tools", "", "beside ours only these `names`: manifest-tool-v2, crane, regctl, regsync, oras, docker, buildx, podman")
	flag.StringVar(&o.log, "log", "", "`file` for the requests of our runs, those of the chain marked")
	flag.BoolVar(&o.strict, "strict", false, "fail also if a ratio of times or the memory is over its budget")
	flag.Parse()
	return o
}

// chosen reports whether a name is on a list; on an empty one all are.
func chosen(list, name string) bool {
	return list == "" || slices.Contains(strings.Split(list, ","), name)
}

// benchmark returns the budgets that do not hold.
func benchmark(ctx context.Context, o options) ([]string, error) {
	dir, err := os.MkdirTemp("", "manifest-tool-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	b, err := newBench(ctx, o, dir)
	if err != nil {
		return nil, err
	}
	tools, absent, err := b.tools(o)
	if err != nil {
		return nil, err
	}
	r := report{options: o, absent: absent, date: time.Now()}
	for _, s := range scenarios {
		if chosen(o.scenarios, s.name) {
			r.sections = append(r.sections, section{s, b.rounds(ctx, s, tools, o.runs)})
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	if chosen(o.scenarios, memory.name) {
		r.memory = b.rounds(ctx, memory, tools[:1], o.runs)
	}
	if chosen(o.scenarios, "start") {
		if r.starts, err = b.startups(ctx, tools); err != nil {
			return nil, err
		}
	}
	r.write(os.Stdout)
	if o.log != "" {
		err = r.writeLog(o.log)
	}
	return r.failed(), err
}

// tools makes the tools ready, ours first, and says which cannot be measured here.
func (b *bench) tools(o options) (tools []tool, absent []string, err error) {
	for _, t := range all(o.program) {
		if t.name != ours && !chosen(o.tools, t.name) {
			continue
		}
		ready, err := t.ready(o.bin)
		switch {
		case err == nil:
			tools = append(tools, ready)
		case t.name == ours:
			return nil, nil, err
		default:
			fmt.Fprintln(os.Stderr, err)
			absent = append(absent, t.title)
		}
	}
	return tools, absent, nil
}
