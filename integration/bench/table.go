package main

import (
	"fmt"
	"io"
	"strings"
	"time"
)

const mib = 1 << 20

// writeRow writes a line of a Markdown table.
func writeRow(w io.Writer, cells ...string) { fmt.Fprintf(w, "| %s |\n", strings.Join(cells, " | ")) }

// writeHead writes the first two.
func writeHead(w io.Writer, cells ...string) {
	writeRow(w, cells...)
	fmt.Fprintf(w, "|%s\n", strings.Repeat("---|", len(cells)))
}

// writeOverview writes our figures beside the budgets and the best of the peers.
func writeOverview(w io.Writer, sections []section) {
	writeHead(w, "scenario", "requests", "fewest of a peer", "chain", "shortest of a peer", "wall ÷ best peer's", "best peer", "also")
	for _, s := range sections {
		list := s.checks()
		also := []string{}
		for _, what := range []string{"tokens", "connections", "writes"} {
			if text := find(list, what); text != "-" {
				also = append(also, what+" "+text)
			}
		}
		wall, best := find(list, "wall"), "-"
		us, peer := own(s.rows), bestPeer(s.rows)
		if peer != nil {
			best = peer.tool.title
		}
		if us != nil && peer != nil && s.budget.wall == 0 {
			wall = fmt.Sprintf("%.2f", ratio(*us, *peer))
		}
		writeRow(w, s.name+": "+s.title,
			figure(list, us, "requests", requestsOf), lowest(s.rows, requestsOf),
			figure(list, us, "chain", chainOf), lowest(s.rows, chainOf),
			wall, best, strings.Join(also, ", "))
	}
}

// figure is a figure of ours with its budget, if it has one.
func figure(list []check, us *row, what string, of func(run) int) string {
	if text := find(list, what); text != "-" || us == nil {
		return text
	}
	return fmt.Sprint(us.most(of))
}

// lowest is the peer with the least of something that is counted.
func lowest(rows []row, of func(run) int) string {
	peer := least(rows, func(r row) int64 { return int64(r.most(of)) })
	if peer == nil {
		return "-"
	}
	return fmt.Sprintf("%d %s", peer.most(of), peer.tool.title)
}

// writeSection writes a row for each tool.
func writeSection(w io.Writer, s section) {
	fmt.Fprintf(w, "\n### %s: %s\n\n", s.name, s.title)
	writeHead(w, "tool", "requests", "chain", "connections", "wall ms", "ours ÷ it", "CPU ms", "peak MiB", "rounds", "which requests")
	us := own(s.rows)
	for _, r := range s.rows {
		switch {
		case r.err != nil:
			writeRow(w, r.tool.title, "failed: "+cell(r.err.Error()))
		case len(r.runs) > 0:
			part := "-"
			if us != nil && r.tool.name != ours {
				part = fmt.Sprintf("%.2f", ratio(*us, r))
			}
			writeRow(w, r.tool.title, fmt.Sprint(r.most(requestsOf)), fmt.Sprint(r.most(chainOf)), fmt.Sprint(r.most(connectionsOf)),
				ms(r.wall()), part, ms(r.cpu()), mebi(r.peak()), fmt.Sprint(len(r.runs)), kinds(r.runs[0].requests))
		}
	}
}

// writeLosses says where somebody else needs less than we do.
func writeLosses(w io.Writer, sections []section) {
	for _, s := range sections {
		us := own(s.rows)
		if us == nil {
			continue
		}
		for _, f := range []struct {
			what string
			of   func(row) int64
			text func(row) string
		}{
			{"requests", func(r row) int64 { return int64(r.most(requestsOf)) }, func(r row) string { return fmt.Sprint(r.most(requestsOf)) }},
			{"chain", func(r row) int64 { return int64(r.most(chainOf)) }, func(r row) string { return fmt.Sprint(r.most(chainOf)) }},
			{"wall", func(r row) int64 { return int64(r.wall()) }, func(r row) string { return ms(r.wall()) + " ms" }},
			{"CPU", func(r row) int64 { return int64(r.cpu()) }, func(r row) string { return ms(r.cpu()) + " ms" }},
			{"memory", row.peak, func(r row) string { return mebi(r.peak()) + " MiB" }},
		} {
			if peer := least(s.rows, f.of); peer != nil && f.of(*peer) < f.of(*us) {
				fmt.Fprintf(w, "- %s, %s: %s has %s, ours %s\n", s.name, f.what, peer.tool.title, f.text(*peer), f.text(*us))
			}
		}
	}
}

func ms(d time.Duration) string { return fmt.Sprintf("%.0f", d.Seconds()*1000) }

func mebi(bytes int64) string { return fmt.Sprintf("%.1f", float64(bytes)/mib) }

// cell is text that breaks no table.
func cell(text string) string {
	return strings.NewReplacer("|", "\\|", "\n", " ").Replace(text)
}
