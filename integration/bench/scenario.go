package main

import (
	"fmt"
)

// A budget is what we may need at most; what is 0 has no budget.
type budget struct {
	requests, chain     int
	tokens, connections int
	noWrite             bool
	wall                float64 // as part of the best peer's
}

// A scenario is what all tools do, each time with a job that is new.
type scenario struct {
	name, title string
	budget      budget
	job         func(*bench) (job, error)
	tls         bool // connections take twice as long
	again       bool // what is measured is the second time
	once        bool // one round, as the peers take minutes
	atOnce      int  // commands of a tool that run at the same time; 0 means one
}

var scenarios = []scenario{
	{
		name: "S1", title: "8 platforms, one repository, one tag",
		budget: budget{requests: 19, chain: 5, wall: 0.40},
		job:    func(b *bench) (job, error) { return b.tagged(1) },
	},
	{
		name: "S2", title: "8 repositories of 10 layers into a ninth",
		budget: budget{requests: 123, chain: 13, wall: 0.20},
		job:    (*bench).gathered,
	},
	{
		name: "S3", title: "the same into another registry",
		budget: budget{requests: 383, chain: 26, wall: 0.36},
		job:    (*bench).streamed,
	},
	{
		name: "S4", title: "inspect 16 images, with configs",
		budget: budget{requests: 33, chain: 4, wall: 0.95},
		job:    (*bench).inspected,
	},
	{
		name: "S5", title: "S1 with 6 tags",
		budget: budget{requests: 34, chain: 7, wall: 0.42},
		job:    func(b *bench) (job, error) { return b.tagged(6) },
	},
	{
		name: "S6", title: "S2 again, nothing to do",
		budget: budget{requests: 26, chain: 4, wall: 0.16, noWrite: true},
		job:    (*bench).gathered, again: true,
	},
	{
		name: "S2-auth", title: "S2 with bearer tokens",
		budget: budget{requests: 126, tokens: 2},
		job:    (*bench).authorized,
	},
	{
		name: "S2-tls", title: "S2 over TLS and HTTP/2",
		budget: budget{connections: 1, wall: 0.25},
		job:    (*bench).encrypted, tls: true,
	},
	{
		name: "S7", title: "100 indexes of 4 in one repository; peers in a loop",
		budget: budget{requests: 1110, chain: 100, wall: 0.06},
		job:    (*bench).batch, once: true,
	},
	{
		name: "S7-eight", title: "S7; peers eight at a time",
		budget: budget{requests: 1110, chain: 100, wall: 0.40},
		job:    (*bench).batch, once: true, atOnce: 8,
	},
	{
		name: "S8", title: "all 250 tags of a repository into another",
		budget: budget{requests: 1410, chain: 100, wall: 0.12},
		job:    (*bench).repositoryCopy, once: true,
	},
	{
		name: "S9", title: "S8 again, nothing to do",
		budget: budget{requests: 510, chain: 48, wall: 0.20, noWrite: true},
		job:    (*bench).repositoryCopy, once: true, again: true,
	},
}

// tagged puts images together that lie in the repository of the target, a new one for each run.
func (b *bench) tagged(tags int) (job, error) {
	repository := b.name("one")
	j := job{hosts: []string{b.front}, target: b.front + "/" + repository, tags: tagNames[:tags]}
	for _, p := range platforms {
		if err := b.push(small(p), repository, p.tag()); err != nil {
			return job{}, err
		}
		j.sources = append(j.sources, p.at(j.target+":"+p.tag()))
	}
	return j, nil
}

var tagNames = []string{"v1.2.3", "v1.2", "v1", "stable", "edge", "latest"}

// gathered puts images together that have a repository each.
func (b *bench) gathered() (job, error) { return b.into(b.front, b.front) }

func (b *bench) streamed() (job, error) { return b.into(b.front, b.other) }

func (b *bench) authorized() (job, error) {
	j, err := b.into(b.guarded, b.guarded)
	j.auth = true
	return j, err
}

func (b *bench) encrypted() (job, error) {
	j, err := b.into(tlsName, tlsName)
	j.tls, j.env = true, b.tlsEnv
	return j, err
}

func (b *bench) into(source, target string) (job, error) {
	if err := b.pushLarge(); err != nil {
		return job{}, err
	}
	j := job{hosts: []string{source}, target: target + "/" + b.name("nine"), tags: tagNames[:1]}
	if target != source {
		j.hosts = append(j.hosts, target)
	}
	for _, p := range platforms {
		j.sources = append(j.sources, p.at(fmt.Sprintf("%s/large/%s:v1", source, p.tag())))
	}
	return j, nil
}

func (b *bench) inspected() (job, error) {
	digests, err := b.pushIndex()
	return job{hosts: []string{b.front}, index: b.front + "/index:v1", digests: digests}, err
}
