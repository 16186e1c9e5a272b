// Bench measures manifest-tool beside its peers and writes what it found as Markdown:
//
//	make bench
//	make bench BENCH='-runs 5 -scenarios S1,S2 -tools crane,oras'
//
// All tools do the same jobs on the same registries, distribution v3 on loopback. What they send goes
// through a proxy that counts, and that makes every request and every new connection wait, as distance
// does. So what is measured is mostly how many requests wait for one another; the machine decides little.
//
// In each round every tool has its turn, with a target that is new. Requests and chain are the most of
// all rounds, the other numbers medians. Wall times are there to be compared within a table. S7 to S9
// have one round, because the peers have no batch mode and take minutes: "rounds" in the tables says so.
// Where commands run at the same time, the memory is that of the largest.
//
// Peers are programs of the modules under integration/tools, and docker, buildx and podman where they
// are installed. The exit code is 1 if one of our budgets for what can be counted does not hold, with
// -strict also those for what is measured.
package main
