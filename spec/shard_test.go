package spec

import (
	"fmt"
	"strings"
	"testing"
)

// Scripts of users may depend on these values: they never change.
func TestShardGolden(t *testing.T) {
	for repository, want := range map[string][3]int{
		"docker.io/library/alpine":    {2, 2, 394},
		"registry.example/team/app":   {1, 3, 19},
		"localhost:5000/acme/app":     {1, 5, 805},
		"ghcr.io/acme/tool":           {2, 6, 974},
		"registry.example/team/app-2": {2, 6, 550},
	} {
		if got := [3]int{ShardOf(repository, 2), ShardOf(repository, 8), ShardOf(repository, 1000)}; got != want {
			t.Errorf("%q: {%d, %d, %d}, want %v", repository, got[0], got[1], got[2], want)
		}
	}
}

func TestParseShard(t *testing.T) {
	for text, want := range map[string]string{
		"1/1": "", "2/8": "", "8/8": "", "10000/10000": "",
		"0/8": "the index is from 1 to 8", "9/8": "the index", "1/0": "the count is", "1/10001": "the count",
		"": "expected INDEX/COUNT", "2": "expected", "/": "expected", "a/b": "expected", "1/2/3": "expected", "-1/2": "the index", " 1/2": "expected",
	} {
		shard, err := ParseShard(text)
		if want == "" && (err != nil || shard.String() != text) || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("ParseShard(%q) = %v, %v, want %q", text, shard, err, want)
		}
	}
}

// Specs of one repository, and specs that need one another, are in one shard, whatever their order is. All shards
// together have each spec once.
func TestShards(t *testing.T) {
	var specs []Loaded
	load := func(target, source string) {
		s, _, err := LoadAll("f", strings.NewReader(fmt.Sprintf("image: %s\nmanifests: [{image: '%s', platform: linux/amd64}]", target, source)), nil, Options{})
		if err != nil {
			t.Fatal(err)
		}
		specs = append(specs, s...)
	}
	for i := range 50 {
		load(fmt.Sprintf("reg.example/app%d:1", i), "reg.example/src:1")
		load(fmt.Sprintf("reg.example/app%d:2", i), fmt.Sprintf("reg.example/base%d", i))
		load(fmt.Sprintf("[reg.example/base%d, other.example/base%[1]d]", i), "reg.example/src@sha256:"+strings.Repeat("a", 64))
	}
	for _, count := range []int{1, 2, 7, 300} {
		shards := Shards(specs, count)
		used := map[int]bool{}
		for i := range 50 {
			if a, b, c := shards[3*i], shards[3*i+1], shards[3*i+2]; a != b || b != c || a < 1 || a > count {
				t.Errorf("%d shards: specs that belong together are in %d, %d and %d", count, a, b, c)
			}
			used[shards[3*i]] = true
		}
		if len(used) < min(count, 10) {
			t.Errorf("%d shards: only %d are used", count, len(used))
		}
		reversed := make([]Loaded, len(specs))
		for i, s := range specs {
			reversed[len(specs)-1-i] = s
		}
		for i, shard := range Shards(reversed, count) {
			if shard != shards[len(specs)-1-i] {
				t.Errorf("%d shards: the order of the specs changes the shard of %v", count, reversed[i].Outline.Targets[0])
			}
		}
	}
}
