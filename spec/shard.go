package spec

import (
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"
)

// MaxShards limits the number of shards of a run.
const MaxShards = 10_000

// A Shard is a part of a run over many specs: the part with the number Index, from 1, of Count. The zero Shard is the
// whole run.
type Shard struct{ Index, Count int }

// String is the shard as --shard takes it.
func (s Shard) String() string { return fmt.Sprintf("%d/%d", s.Index, s.Count) }

// ParseShard parses INDEX/COUNT, such as 2/8.
func ParseShard(text string) (Shard, error) {
	index, count, _ := strings.Cut(text, "/")
	i, err := strconv.Atoi(index)
	n, countErr := strconv.Atoi(count)
	if err != nil || countErr != nil {
		return Shard{}, fmt.Errorf("shard %q: expected INDEX/COUNT, such as 2/8", text)
	}
	return Shard{i, n}, Shard{i, n}.check()
}

func (s Shard) check() error {
	switch {
	case s.Count < 1 || s.Count > MaxShards:
		return fmt.Errorf("shard %s: the count is from 1 to %d", s, MaxShards)
	case s.Index < 1 || s.Index > s.Count:
		return fmt.Errorf("shard %s: the index is from 1 to %d", s, s.Count)
	}
	return nil
}

// ShardOf is the shard, from 1, of specs whose first target is a repository: the FNV-1a hash of 64 bits of the name of
// the repository, modulo the count, plus 1. The name is that of [Place.String].
func ShardOf(repository string, count int) int {
	h := fnv.New64a()
	h.Write([]byte(repository))
	return int(h.Sum64()%uint64(count)) + 1
}

// Shards are the shards of specs. Specs that push to one repository are in one shard, and so are specs of which one
// needs the image of another: their shard is that of the repository whose name comes first.
func Shards(specs []Loaded, count int) []int {
	groups := newUnion(len(specs))
	pushed, places := map[TagKey]int{}, map[Place]int{}
	for i, s := range specs {
		for _, target := range s.Outline.Targets {
			if other, ok := places[*target]; ok {
				groups.join(other, i)
			}
			places[*target] = i
		}
		for _, tag := range s.Outline.pushes {
			pushed[tag] = i
		}
		for _, tag := range s.Outline.images { // specs that make one tag are in one repository
			if _, ok := pushed[tag]; !ok {
				pushed[tag] = i
			}
		}
	}
	for i, s := range specs {
		for _, tag := range s.Outline.needs {
			if by, ok := pushed[tag]; ok {
				groups.join(by, i)
			}
		}
	}
	guesses, _ := guess(specs) // Order reports what is wrong
	for i, sources := range guesses {
		for _, by := range sources {
			groups.join(by, i)
		}
	}
	first := map[int]string{}
	for i, s := range specs {
		name, group := s.Outline.Targets[0].String(), groups.find(i)
		if old, ok := first[group]; !ok || name < old {
			first[group] = name
		}
	}
	shards := make([]int, len(specs))
	for i := range specs {
		shards[i] = ShardOf(first[groups.find(i)], count)
	}
	return shards
}

// A union is numbers in groups.
type union []int

func newUnion(n int) union {
	u := make(union, n)
	for i := range u {
		u[i] = i
	}
	return u
}

func (u union) find(i int) int {
	for u[i] != i {
		u[i] = u[u[i]]
		i = u[i]
	}
	return i
}

func (u union) join(a, b int) { u[u.find(b)] = u.find(a) }
