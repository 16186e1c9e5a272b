package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/manifest-tool/manifest-tool/integration/bench/cost"
)

const (
	starts  = 31
	maxSize = 16e6 // bytes of our program, the limit of CONTRIBUTING
)

// A start is what a program is before it does anything.
type start struct {
	tool tool
	size int64
	run  row
}

// startups runs the tools in turns, just to say their versions.
func (b *bench) startups(ctx context.Context, tools []tool) ([]start, error) {
	var o cost.Order
	for range starts {
		for _, t := range tools {
			o.Commands = append(o.Commands, t.line(t.version))
		}
	}
	o.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + b.dir}
	usages, err := b.measurer.run(ctx, o)
	if err != nil {
		return nil, err
	}
	var list []start
	for i, t := range tools {
		s := start{tool: t, run: row{tool: t}}
		for n := i; n < len(usages); n += len(tools) {
			s.run.runs = append(s.run.runs, run{Usage: usages[n]})
		}
		info, err := os.Stat(t.program)
		if err != nil {
			return nil, err
		}
		s.size = info.Size()
		list = append(list, s)
	}
	return list, nil
}

// sizeCheck is for our own program.
func sizeCheck(list []start) []check {
	for _, s := range list {
		if s.tool.name == ours {
			return []check{{what: "size in MB", got: float64(s.size) / 1e6, most: maxSize / 1e6, digits: 1, counted: true}}
		}
	}
	return nil
}

func writeStartups(w io.Writer, list []start) {
	fmt.Fprintf(w, "\n### Program: size when stripped, and %d starts that say the version\n\n", starts)
	writeHead(w, "tool", "size MB", "wall ms", "ours ÷ it", "CPU ms", "peak MiB")
	var us *row
	for i, s := range list {
		if s.tool.name == ours {
			us = &list[i].run
		}
	}
	for _, s := range list {
		size, part := fmt.Sprintf("%.1f", float64(s.size)/1e6), "-"
		if s.tool.name == ours {
			size = find(sizeCheck(list), "size in MB")
		} else if us != nil {
			part = fmt.Sprintf("%.2f", ratio(*us, s.run))
		}
		writeRow(w, s.tool.title, size, tenths(s.run.wall()), part, tenths(s.run.cpu()), mebi(s.run.peak()))
	}
}

func tenths(d time.Duration) string { return fmt.Sprintf("%.1f", d.Seconds()*1000) }
