package diff

import (
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/registry/plan"
)

// A pair is the places of two entries that belong together. A place is negative where a side has no such entry.
type pair struct{ a, b int }

// pairUp finds the pairs of two indexes: those of B in its order, then the entries that only A has. What is attached to
// an image belongs to the pair of the image.
func pairUp(a, b []plan.InspectedEntry) []pair {
	var m matcher
	freeA, freeB := free(a), free(b)
	partner := map[int]int{} // of the entries of B
	taken := map[int]bool{}  // entries of A
	for _, key := range []func(index.Entry) string{m.image, digestKey, singleKey, m.alike, m.kind} {
		waiting := byKey(a, freeA, taken, key)
		for _, i := range freeB {
			text := key(b[i].Entry)
			if _, ok := partner[i]; ok || len(waiting[text]) == 0 {
				continue
			}
			k := waiting[text][0]
			waiting[text], partner[i], taken[k] = waiting[text][1:], k, true
		}
	}
	var pairs []pair
	for _, i := range freeB {
		k, ok := partner[i]
		if !ok {
			k = -1
		}
		pairs = append(pairs, pair{k, i})
	}
	for _, k := range freeA {
		if !taken[k] {
			pairs = append(pairs, pair{k, -1})
		}
	}
	return pairs
}

// byKey are the places of entries that have no partner yet, by their keys.
func byKey(entries []plan.InspectedEntry, places []int, taken map[int]bool, key func(index.Entry) string) map[string][]int {
	waiting := map[string][]int{}
	for _, k := range places {
		if text := key(entries[k].Entry); text != "" && !taken[k] {
			waiting[text] = append(waiting[text], k)
		}
	}
	return waiting
}

// free are the places of the entries that are attached to no other entry of the index.
func free(entries []plan.InspectedEntry) []int {
	images := map[v1.Hash]bool{}
	for _, e := range entries {
		images[e.Descriptor.Digest] = images[e.Descriptor.Digest] || !e.IsAttached()
	}
	var places []int
	for i, e := range entries {
		if !e.IsAttached() || !images[e.Subject] {
			places = append(places, i)
		}
	}
	return places
}
